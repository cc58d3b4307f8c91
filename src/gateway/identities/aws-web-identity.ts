import { type AwsIdentity } from "#inference";
import { type Result } from "#std";
import { readSessionXml } from "./aws-session.ts";
import { type Exchange } from "./exchange.ts";
import { type Granted } from "./granted.ts";

/**
 * A token for a role's credentials: `AssumeRoleWithWebIdentity` of STS, whose request needs no signature. Its documented answer
 * is XML, which is asked for, since it may be JSON with other times.
 */
export async function exchangeWebIdentity(
  exchange: Exchange,
  { role, sessionName, tokenFile, url }: Extract<AwsIdentity, { type: "aws-web-identity" }>,
): Promise<Result<Granted, string>> {
  const token = exchange.readToken(tokenFile);
  if (!token.ok) return token;
  const form = {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: sessionName,
    WebIdentityToken: token.value,
  };
  const answer = await exchange.postForm(url, form, "text/xml");
  return answer.ok ? readSessionXml(answer.value, exchange.world.clock.now()) : answer;
}
