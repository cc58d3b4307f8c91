import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { type ServiceAccount } from "#inference";
import { err, ok, type Result } from "#std";
import { Secret } from "#units";

const KeyFile = z.object({
  type: z.literal("service_account"),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default("https://oauth2.googleapis.com/token"),
});

/** Reads the text of a Google key file. The error says what is wrong with it and quotes nothing. */
export function readServiceAccount(text: string): Result<ServiceAccount, string> {
  const parsed = KeyFile.safeParse(parseJson(text));
  if (!parsed.success) return err("is not the JSON key file of a Google service account");
  const { client_email: email, private_key: pem, private_key_id: keyId, token_uri: url } = parsed.data;
  if (!isRsaKey(pem)) return err("holds a private key that cannot be read");
  return ok({ type: "google-service-account", email, keyId, privateKey: new Secret(pem), url });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}
