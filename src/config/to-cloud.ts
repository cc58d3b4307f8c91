import { type Cloud } from "#inference";
import { type ConfigFile } from "./config-file.ts";
import { type ConfigPath } from "./config-problem.ts";
import { type FoundSecrets } from "./secrets.ts";
import { awsIdentity, azureIdentity, googleIdentity } from "./to-identity.ts";

/** The cloud that a provider's section names; it has passed every check. */
export function toCloud(
  section: ConfigFile["providers"][string],
  { path, secrets }: { readonly path: ConfigPath; readonly secrets: FoundSecrets },
): Cloud | undefined {
  const { api_version: apiVersion, azure, aws, vertex } = section;
  if (apiVersion !== undefined || azure !== undefined) {
    const identity = azure && azureIdentity(azure, (...inner) => secrets.at([...path, "azure", ...inner]));
    return { type: "azure", apiVersion, identity };
  }
  if (aws !== undefined) {
    const id = secrets.at([...path, "aws", "access_key_id"]);
    const secret = secrets.at([...path, "aws", "secret_access_key"]);
    const sessionToken = secrets.at([...path, "aws", "session_token"]);
    const accessKey = id === undefined || secret === undefined ? undefined : { id, secret, sessionToken };
    const identity = awsIdentity(aws, (...inner) => secrets.at([...path, "aws", ...inner]));
    return { type: "aws", region: aws.region, accessKey, identity };
  }
  if (vertex === undefined) return undefined;
  const identity = googleIdentity(vertex, (...inner) => secrets.at([...path, "vertex", ...inner]));
  return { type: "vertex", project: vertex.project, location: vertex.location, identity };
}
