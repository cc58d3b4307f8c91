/** Who we are in a provider's cloud, of sections that have passed every check. */
import { type Identity } from "#inference";
import { assert } from "#std";
import { type Secret } from "#units";
import { type ConfigFile } from "./config-file.ts";
import { readExternalAccount } from "./external-account.ts";
import { readServiceAccount } from "./service-account.ts";

type Section = ConfigFile["providers"][string];
type Found = (...path: readonly string[]) => Secret | undefined;

const ECS = "http://169.254.170.2";
const GOOGLE_METADATA = "http://metadata.google.internal";
const METADATA = "http://169.254.169.254";

export function awsIdentity(aws: NonNullable<Section["aws"]>, found: Found): Identity | undefined {
  const { region, web_identity: webIdentity, container, instance } = aws;
  if (webIdentity !== undefined) {
    return {
      type: "aws-web-identity",
      role: textAt(found, "web_identity", "role"),
      sessionName: webIdentity.session_name,
      tokenFile: textAt(found, "web_identity", "token_file"),
      url: found("web_identity", "sts_url")?.reveal() ?? stsUrl(region),
    };
  }
  if (container !== undefined) {
    return {
      type: "aws-container",
      url: containerUrl(textAt(found, "container", "url")),
      token: found("container", "token"),
      tokenFile: found("container", "token_file")?.reveal(),
    };
  }
  return instance === undefined ? undefined : { type: "aws-instance", url: originOf(found("instance", "url")) };
}

/** What ECS tells a task is a path alone. */
export function containerUrl(text: string): string {
  return text.startsWith("/") ? ECS + text : text;
}

function stsUrl(region: string): string {
  return `https://sts.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}/`;
}

/** Scheme and host alone. */
function originOf(written: Secret | undefined, usual = METADATA): string {
  return written === undefined ? usual : new URL(written.reveal()).origin;
}

export function googleIdentity(vertex: NonNullable<Section["vertex"]>, found: Found): Identity | undefined {
  const [keyFile, external] = [found("service_account"), found("external_account")];
  if (vertex.metadata !== undefined) {
    return { type: "google-metadata", url: originOf(found("metadata", "url"), GOOGLE_METADATA) };
  }
  const identity =
    keyFile === undefined ? external && readExternalAccount(external.reveal()) : readServiceAccount(keyFile.reveal());
  assert(identity?.ok !== false, "the file of a checked configuration was read");
  return identity?.value;
}

const ENTRA = "https://login.microsoftonline.com";
const COGNITIVE_SERVICES = "https://cognitiveservices.azure.com/";

export function azureIdentity(
  { entra, managed_identity: managed }: NonNullable<Section["azure"]>,
  found: Found,
): Identity | undefined {
  if (entra !== undefined) {
    const tenant = encodeURIComponent(textAt(found, "entra", "tenant"));
    return {
      type: "azure-entra",
      client: textAt(found, "entra", "client"),
      clientSecret: found("entra", "client_secret"),
      tokenFile: found("entra", "token_file")?.reveal(),
      scope: entra.scope,
      url: `${originOf(found("entra", "authority"), ENTRA)}/${tenant}/oauth2/v2.0/token`,
    };
  }
  if (managed === undefined) return undefined;
  return {
    type: "azure-managed",
    client: found("managed_identity", "client")?.reveal(),
    resource: managed === true ? COGNITIVE_SERVICES : managed.resource,
    url: originOf(found("managed_identity", "url")),
  };
}

function textAt(found: Found, ...path: readonly string[]): string {
  const text = found(...path)?.reveal();
  assert(text !== undefined, "every setting of a checked configuration was found");
  return text;
}
