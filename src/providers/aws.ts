import aws4 from "aws4";
import { type AwsAccessKey, type Cloud } from "#inference";
import { type OutgoingRequest, type TargetFormat } from "./wire-format.ts";

/** A format as AWS serves it in one region: every request is signed with the access key where there is one. */
export function onAws(format: TargetFormat, cloud: Extract<Cloud, { type: "aws" }>): TargetFormat {
  const { region, accessKey } = cloud;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const placed = { ...format, defaultBaseUrl: `https://bedrock-runtime.${region}.${domain}` };
  if (accessKey === undefined) return placed;
  return { ...placed, sign: (request) => signatureHeaders(request, { region, accessKey }) };
}

const SERVICE = "bedrock";

/**
 * Signature version 4 over the method, path, host, time and body. Headers beside these are not signed, since the
 * connection adds some of its own.
 */
function signatureHeaders(
  { method, origin, path, contentType, body, at }: OutgoingRequest,
  { region, accessKey }: { readonly region: string; readonly accessKey: AwsAccessKey },
): readonly string[] {
  const { id, secret, sessionToken } = accessKey;
  const { headers = {} } = aws4.sign(
    {
      service: SERVICE,
      region,
      method,
      host: new URL(origin).host,
      path,
      headers: { "X-Amz-Date": timeOf(at), ...(contentType === undefined ? {} : { "Content-Type": contentType }) },
      ...(body === undefined ? {} : { body }),
    },
    {
      accessKeyId: id.reveal(),
      secretAccessKey: secret.reveal(),
      ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
    },
  );
  return Object.entries(headers).flatMap(([name, value]) =>
    OURS.has(name) ? [name.toLowerCase(), String(value)] : [],
  );
}

/** Host, type and length are the connection's to say. */
const OURS: ReadonlySet<string> = new Set(["X-Amz-Date", "X-Amz-Security-Token", "Authorization"]);

/** `20261121T164500Z` */
function timeOf(at: number): string {
  return new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
}
