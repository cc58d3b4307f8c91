import aws4 from "aws4";
import { type AwsAccessKey, type Cloud } from "#inference";
import { type OutgoingRequest, type TargetFormat } from "./wire-format.ts";

/**
 * A format as AWS serves it in one region: every request is signed, with the access key that is written down or the one that an
 * identity was given, where there is either.
 */
export function onAws(format: TargetFormat, cloud: Extract<Cloud, { type: "aws" }>): TargetFormat {
  const { region, accessKey: written, identity } = cloud;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const placed = { ...format, defaultBaseUrl: `https://bedrock-runtime.${region}.${domain}` };
  if (written === undefined && identity === undefined) return placed;
  return {
    ...placed,
    saysExpired,
    sign(request, given) {
      const accessKey = written ?? given;
      return accessKey === undefined ? [] : signatureHeaders(request, { region, accessKey });
    },
  };
}

const EXPIRED = /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId)/;

/** By the error's name, which AWS writes in a header. */
function saysExpired(headers: readonly string[]): boolean {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "x-amzn-errortype");
  return at !== -1 && EXPIRED.test(headers[at + 1] ?? "");
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
