import { type Cloud } from "#inference";
import { assert } from "#std";
import { type ConfigFile } from "./config-file.ts";
import { type ConfigPath } from "./config-problem.ts";
import { type FoundSecrets } from "./secrets.ts";
import { readServiceAccount } from "./service-account.ts";

/** The cloud that a provider's section names; it has passed every check. */
export function toCloud(
  section: ConfigFile["providers"][string],
  { path, secrets }: { readonly path: ConfigPath; readonly secrets: FoundSecrets },
): Cloud | undefined {
  const { api_version: apiVersion, aws, vertex } = section;
  if (apiVersion !== undefined) return { type: "azure", apiVersion };
  if (aws !== undefined) {
    const id = secrets.at([...path, "aws", "access_key_id"]);
    const secret = secrets.at([...path, "aws", "secret_access_key"]);
    const sessionToken = secrets.at([...path, "aws", "session_token"]);
    const accessKey = id === undefined || secret === undefined ? undefined : { id, secret, sessionToken };
    return { type: "aws", region: aws.region, accessKey };
  }
  if (vertex === undefined) return undefined;
  const file = secrets.at([...path, "vertex", "service_account"]);
  const account = file === undefined ? undefined : readServiceAccount(file.reveal());
  assert(account?.ok !== false, "the key file of a checked configuration was read");
  return { type: "vertex", project: vertex.project, location: vertex.location, account: account?.value };
}
