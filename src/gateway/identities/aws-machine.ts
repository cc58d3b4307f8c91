/** Roles of what we run on: credentials that ECS, EKS and EC2 give to whoever asks from within. */
import { type AwsIdentity } from "#inference";
import { err, ok, type Result } from "#std";
import { readSession } from "./aws-session.ts";
import { type Exchange } from "./exchange.ts";
import { type Granted, UNREADABLE } from "./granted.ts";

/** One GET, with a token in `Authorization` where there is one; a pod's comes in a file that is renewed. */
export async function exchangeContainer(
  exchange: Exchange,
  { url, token, tokenFile }: Extract<AwsIdentity, { type: "aws-container" }>,
): Promise<Result<Granted, string>> {
  const proof = tokenFile === undefined ? ok(token?.reveal()) : exchange.readToken(tokenFile);
  if (!proof.ok) return proof;
  const authorization = proof.value === undefined ? [] : ["authorization", proof.value];
  const headers = [...authorization, "accept", "application/json"];
  const answer = await exchange.fetch({ method: "GET", url, headers });
  return answer.ok ? readSession(answer.value, exchange.world.clock.now()) : answer;
}

/** Only for this exchange. */
const SESSION_SECONDS = "60";
const SESSION = /^[\x21-\x7e]{1,1024}$/;
const ROLE = /^(?!\.+$)[\w+=,.@-]{1,64}$/;
const ROLES = "/latest/meta-data/iam/security-credentials/";

/** Version 2 of the metadata service: a session's token by PUT, the role's name, and then its credentials. Version 1 is not asked. */
export async function exchangeInstance(
  exchange: Exchange,
  { url }: Extract<AwsIdentity, { type: "aws-instance" }>,
): Promise<Result<Granted, string>> {
  const ttl = ["x-aws-ec2-metadata-token-ttl-seconds", SESSION_SECONDS];
  const session = await exchange.fetch({ method: "PUT", url: `${url}/latest/api/token`, headers: ttl });
  if (!session.ok) return err(`session: ${session.error}`);
  if (!SESSION.test(session.value)) return err(`session: ${UNREADABLE}`);
  const headers = ["x-aws-ec2-metadata-token", session.value];
  const role = await exchange.fetch({ method: "GET", url: url + ROLES, headers });
  if (!role.ok) return err(`role: ${role.error}`);
  const name = role.value.trim();
  if (!ROLE.test(name)) return err(`role: ${UNREADABLE}`);
  const answer = await exchange.fetch({ method: "GET", url: url + ROLES + encodeURIComponent(name), headers });
  return answer.ok ? readSession(answer.value, exchange.world.clock.now()) : answer;
}
