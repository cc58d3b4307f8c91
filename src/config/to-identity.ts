/** Who we are in a provider's cloud, of sections that have passed every check. */
import { type Identity } from "#inference";
import { assert } from "#std";
import { type Secret } from "#units";
import { type ConfigFile } from "./config-file.ts";
import { readServiceAccount } from "./service-account.ts";

type Section = ConfigFile["providers"][string];
type Found = (...path: readonly string[]) => Secret | undefined;

const ECS = "http://169.254.170.2";
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
  return instance === undefined ? undefined : { type: "aws-instance", url: machineUrl(found("instance", "url")) };
}

/** What ECS tells a task is a path alone. */
export function containerUrl(text: string): string {
  return text.startsWith("/") ? ECS + text : text;
}

function stsUrl(region: string): string {
  return `https://sts.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}/`;
}

function machineUrl(written: Secret | undefined): string {
  return written === undefined ? METADATA : new URL(written.reveal()).origin;
}

export function googleIdentity(found: Found): Identity | undefined {
  const file = found("service_account");
  if (file === undefined) return undefined;
  const account = readServiceAccount(file.reveal());
  assert(account.ok, "the key file of a checked configuration was read");
  return account.value;
}

function textAt(found: Found, ...path: readonly string[]): string {
  const text = found(...path)?.reveal();
  assert(text !== undefined, "every setting of a checked configuration was found");
  return text;
}
