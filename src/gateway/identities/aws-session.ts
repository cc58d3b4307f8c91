import { z } from "zod";
import { err, type Result } from "#std";
import { type Instant, Secret } from "#units";
import { type Granted, grantedFor, parseJson, TokenText, UNREADABLE } from "./granted.ts";

/**
 * A set of credentials that expires, by the names that the metadata services of containers and machines give its parts. EC2
 * also tells how it went, as `Code`.
 */
const Session = z.object({
  AccessKeyId: z.string().regex(/^\w{16,128}$/),
  SecretAccessKey: z.string().regex(/^[A-Za-z0-9+/=]{16,256}$/),
  Token: TokenText,
  Expiration: z.iso.datetime({ offset: true }),
  Code: z.literal("Success").optional(),
});

export function readSession(body: string, now: Instant): Result<Granted, string> {
  return grantedSession(parseJson(body), now);
}

const ROOT = /^\s*(?:<\?xml[^<>]*\?>\s*)?<AssumeRoleWithWebIdentityResponse[\s>]/;

/**
 * Reads the four fields of `Credentials` in an answer of STS (version 2011-06-15) and nothing else of it. No parser of XML: what
 * has another root, comments, references, or a field more than once is not taken.
 */
export function readSessionXml(body: string, now: Instant): Result<Granted, string> {
  const isPlain = ROOT.test(body) && !/<!|&/.test(body);
  const text = isPlain ? contentOf(body, "Credentials") : undefined;
  if (text === undefined) return err(UNREADABLE);
  const session = {
    AccessKeyId: contentOf(text, "AccessKeyId")?.trim(),
    SecretAccessKey: contentOf(text, "SecretAccessKey")?.trim(),
    Token: contentOf(text, "SessionToken")?.trim(),
    Expiration: contentOf(text, "Expiration")?.trim(),
  };
  return grantedSession(session, now);
}

/** Of the one element of this name. What it holds is checked for what it should be, and no element is a key. */
function contentOf(text: string, name: string): string | undefined {
  const [, inside, ...more] = text.split(`<${name}>`);
  if (inside === undefined || more.length > 0) return undefined;
  const [content, after, ...others] = inside.split(`</${name}>`);
  return after === undefined || others.length > 0 ? undefined : content;
}

function grantedSession(session: unknown, now: Instant): Result<Granted, string> {
  const parsed = Session.safeParse(session);
  if (!parsed.success) return err(UNREADABLE);
  const { AccessKeyId: id, SecretAccessKey: secret, Token: token, Expiration: expiration } = parsed.data;
  const accessKey = { id: new Secret(id), secret: new Secret(secret), sessionToken: new Secret(token) };
  return grantedFor({ type: "access-key", accessKey }, Date.parse(expiration) - now);
}
