import { type Identity } from "#inference";
import { err, type Result } from "#std";
import { type Exchange } from "./exchange.ts";
import { type Granted, readTokenAnswer } from "./granted.ts";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Client credentials of an application in Entra ID: its secret, or the token of an issuer that it trusts. */
export async function exchangeEntra(
  exchange: Exchange,
  { url, client, scope, clientSecret, tokenFile }: Extract<Identity, { type: "azure-entra" }>,
): Promise<Result<Granted, string>> {
  const form = { grant_type: "client_credentials", client_id: client, scope };
  const token = tokenFile === undefined ? undefined : exchange.readToken(tokenFile);
  if (token?.ok === false) return token;
  const secret = clientSecret?.reveal();
  if (token === undefined && secret === undefined) return err("no secret");
  const proof =
    token === undefined
      ? { client_secret: secret ?? "" }
      : { client_assertion_type: ASSERTION, client_assertion: token.value };
  const answer = await exchange.postForm(url, { ...form, ...proof });
  return answer.ok ? readTokenAnswer(answer.value) : answer;
}

const VERSION = "2018-02-01";

/** The identity of the machine that Azure runs us on, or one of those that it has. */
export async function exchangeManagedIdentity(
  exchange: Exchange,
  { url, client, resource }: Extract<Identity, { type: "azure-managed" }>,
): Promise<Result<Granted, string>> {
  const which = client === undefined ? {} : { client_id: client };
  const query = new URLSearchParams({ "api-version": VERSION, resource, ...which });
  const headers = ["metadata", "true", "accept", "application/json"];
  const asked = `${url}/metadata/identity/oauth2/token?${query.toString()}`;
  const answer = await exchange.fetch({ method: "GET", url: asked, headers });
  return answer.ok ? readTokenAnswer(answer.value) : answer;
}
