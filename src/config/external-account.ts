import { z } from "zod";
import { type Identity } from "#inference";
import { err, ok, type Result } from "#std";
import { credentialAddressProblem } from "./credential-address.ts";

type External = Extract<Identity, { type: "google-external" }>;

const Source = z.object({
  file: z.string().startsWith("/"),
  format: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("text") }),
      z.object({ type: z.literal("json"), subject_token_field_name: z.string().min(1) }),
    ])
    .optional(),
});

const Configuration = z.object({
  type: z.literal("external_account"),
  audience: z.string().min(1),
  subject_token_type: z.string().min(1),
  token_url: z.string().default("https://sts.googleapis.com/v1/token"),
  service_account_impersonation_url: z.string().optional(),
  service_account_impersonation: z.object({ token_lifetime_seconds: z.int().min(600).max(43_200) }).optional(),
  credential_source: z.unknown(),
});

const LIFETIME_SECONDS = 3_600;

/** Reads the text of a configuration of Google's workload identity federation. The error quotes nothing of it. */
export function readExternalAccount(text: string): Result<External, string> {
  const parsed = Configuration.safeParse(parseJson(text));
  if (!parsed.success) return err("is not the JSON of an external account (workload identity federation)");
  const source = Source.safeParse(parsed.data.credential_source);
  if (!source.success) return err("names no file as credential_source, which is the one source that is read");
  const { token_url: url, service_account_impersonation_url: impersonationUrl } = parsed.data;
  const wrong = [url, impersonationUrl ?? url].some(
    (address) => credentialAddressProblem(address, { isOfMachine: false }) !== undefined,
  );
  if (wrong) return err("asks at an address that is not https, where a token would go");
  const { file, format } = source.data;
  return ok({
    type: "google-external",
    audience: parsed.data.audience,
    subjectTokenType: parsed.data.subject_token_type,
    tokenFile: file,
    tokenField: format?.type === "json" ? format.subject_token_field_name : undefined,
    url,
    impersonationUrl,
    lifetimeSeconds: parsed.data.service_account_impersonation?.token_lifetime_seconds ?? LIFETIME_SECONDS,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
