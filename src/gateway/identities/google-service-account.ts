import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { type ServiceAccount } from "#inference";
import { type Result } from "#std";
import { type Exchange } from "./exchange.ts";
import { type Granted, readTokenAnswer } from "./granted.ts";

const ASSERTION_SECONDS = 3_600;
export const GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

export async function exchangeServiceAccount(
  exchange: Exchange,
  account: ServiceAccount,
): Promise<Result<Granted, string>> {
  const assertion = await assertionOf(account, Math.floor(exchange.world.clock.now() / 1000));
  const answer = await exchange.postForm(account.url, { grant_type: GRANT, assertion });
  return answer.ok ? readTokenAnswer(answer.value) : answer;
}

/** Proves who asks for a token (RFC 7523). */
function assertionOf(account: ServiceAccount, nowSeconds: number): Promise<string> {
  const { email, keyId, privateKey, url } = account;
  return new SignJWT({ scope: GOOGLE_SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(email)
    .setAudience(url)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + ASSERTION_SECONDS)
    .sign(createPrivateKey(privateKey.reveal()));
}
