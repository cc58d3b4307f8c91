import { z } from "zod";
import { type Credential } from "#inference";
import { err, ok, type Result } from "#std";
import { Secret } from "#units";

/** What an exchange has brought. */
export interface Granted {
  readonly credential: Credential;
  readonly expiresInMs: number;
}

/** A credential is not used in its last moments: whom it is sent to may have a clock that is ahead of ours. */
export const MARGIN_MS = 10_000;

/** Why there is none, in words for logs: never a part of an answer. */
export const UNREADABLE = "unreadable answer";
const EXPIRED = "answer has expired already";

/** A token as a header carries it. */
export const TokenText = z.string().regex(/^[\x21\x23-\x3b\x3d\x3f-\x7e]{1,16384}$/);

const TokenAnswer = z.object({
  access_token: TokenText,
  // Azure's metadata service writes the number as a text.
  expires_in: z.union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ]),
});

/** An answer of OAuth 2.0 (RFC 6749, section 5.1). */
export function readTokenAnswer(body: string): Result<Granted, string> {
  const parsed = TokenAnswer.safeParse(parseJson(body));
  if (!parsed.success) return err(UNREADABLE);
  const { access_token: token, expires_in: seconds } = parsed.data;
  return grantedFor({ type: "token", token: new Secret(token) }, seconds * 1000);
}

export function grantedFor(credential: Credential, expiresInMs: number): Result<Granted, string> {
  return expiresInMs > MARGIN_MS ? ok({ credential, expiresInMs }) : err(EXPIRED);
}

/** Undefined for what is no JSON, which no schema of ours takes. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
