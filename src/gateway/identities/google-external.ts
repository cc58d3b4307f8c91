import { z } from "zod";
import { type Identity } from "#inference";
import { err, ok, type Result } from "#std";
import { Secret } from "#units";
import { type Exchange } from "./exchange.ts";
import { GOOGLE_SCOPE } from "./google-service-account.ts";
import { type Granted, grantedFor, parseJson, readTokenAnswer, TokenText, UNREADABLE } from "./granted.ts";

type External = Extract<Identity, { type: "google-external" }>;

const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

const Impersonated = z.object({ accessToken: TokenText, expireTime: z.iso.datetime({ offset: true }) });

/**
 * Workload identity federation (google.aip.dev/auth/4117): a token in a file for one of Google's at its token exchange (RFC 8693),
 * and that, where an account is impersonated, for one of the account's.
 */
export async function exchangeExternal(exchange: Exchange, external: External): Promise<Result<Granted, string>> {
  const subject = subjectToken(exchange, external);
  if (!subject.ok) return subject;
  const form = {
    grant_type: GRANT,
    audience: external.audience,
    scope: GOOGLE_SCOPE,
    requested_token_type: ACCESS_TOKEN,
    subject_token: subject.value,
    subject_token_type: external.subjectTokenType,
  };
  const answer = await exchange.postForm(external.url, form);
  const federated = answer.ok ? readTokenAnswer(answer.value) : answer;
  if (!federated.ok || external.impersonationUrl === undefined) return federated;
  const { credential } = federated.value;
  if (credential.type !== "token") return err(UNREADABLE);
  return impersonate(exchange, { ...external, impersonationUrl: external.impersonationUrl, token: credential.token });
}

/** The file's text, or a field of its JSON. */
function subjectToken(exchange: Exchange, { tokenFile, tokenField }: External): Result<string, string> {
  if (tokenField === undefined) return exchange.readToken(tokenFile);
  const text = exchange.readFile(tokenFile);
  if (!text.ok) return text;
  const parsed = z.object({ [tokenField]: TokenText }).safeParse(parseJson(text.value));
  const token = parsed.success ? parsed.data[tokenField] : undefined;
  return token === undefined ? err("token file holds no token") : ok(token);
}

/** `generateAccessToken` of the service account. */
async function impersonate(
  exchange: Exchange,
  { impersonationUrl: url, lifetimeSeconds, token }: Impersonating,
): Promise<Result<Granted, string>> {
  const headers = ["authorization", `Bearer ${token.reveal()}`, "content-type", "application/json"];
  const body = JSON.stringify({ scope: [GOOGLE_SCOPE], lifetime: `${lifetimeSeconds}s` });
  const answer = await exchange.fetch({
    method: "POST",
    url,
    headers: [...headers, "accept", "application/json"],
    body,
  });
  if (!answer.ok) return err(`impersonation: ${answer.error}`);
  const parsed = Impersonated.safeParse(parseJson(answer.value));
  if (!parsed.success) return err(`impersonation: ${UNREADABLE}`);
  const { accessToken, expireTime } = parsed.data;
  const credential = { type: "token", token: new Secret(accessToken) } as const;
  return grantedFor(credential, Date.parse(expireTime) - exchange.world.clock.now());
}

interface Impersonating extends Pick<External, "lifetimeSeconds"> {
  readonly impersonationUrl: string;
  readonly token: Secret;
}
