/** A provider that quotes its credential in an error would hand it to our client: told in our words, with the provider's status. */
import { type Credential, kindOfStatus } from "#inference";
import { keysOf, type Provider } from "#routing";
import { type Secret } from "#units";
import { type Call } from "../call.ts";
import { type Refusal, speak } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { sayRefusal } from "./refuse.ts";
import { Relay, type UpstreamHead } from "./relay.ts";

/**
 * What makers of local servers tell everybody to write where an SDK wants a key, letter for letter. Whoever reads one in an
 * error learns nothing; words as common as these would have ordinary errors withheld.
 */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "ollama",
  "EMPTY",
  "lm-studio",
  "sk-no-key-required",
  "not-needed",
  "no-key",
  "none",
  "None",
  "NONE",
]);

export function holdsSecret(
  around: Surroundings,
  provider: Provider,
  { head, body }: { readonly head: UpstreamHead; readonly body: Buffer },
): boolean {
  return secretsOf(around, provider).some(
    (secret) => body.includes(secret) || head.headers.some((value) => value.includes(secret)),
  );
}

export function withheldBy(provider: string): Refusal {
  return { code: "upstream_withheld", facts: { provider, tried: provider } };
}

/**
 * The provider's status and headers say to a client whether and when to try again, and hold none of its words. An error
 * inside of a success has no status of its own.
 */
export function answerWithheld(
  around: Surroundings,
  call: Call,
  {
    attempt,
    head,
    refusal,
  }: { readonly attempt: DispatchedAttempt; readonly head: UpstreamHead; readonly refusal: Refusal },
): void {
  const { status } = head;
  if (status < 400) return sayRefusal(around, call, refusal);
  const headers = withoutSecrets(head.headers, secretsOf(around, attempt.planned.target.provider));
  headers.push("content-type", "application/json");
  call.refusal = refusal.code;
  const body = call.format.encodeError(speak({ ...refusal, status, kind: kindOfStatus(status) }, call.id));
  new Relay(around, call, attempt).answer({ ...head, headers }, body);
}

/** What is said of the body is not said of ours. */
const OF_BODY = /^(?:content-.*|etag|last-modified|digest|repr-digest)$/i;

function withoutSecrets(headers: readonly string[], secrets: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = "", value = ""] = headers.slice(index, index + 2);
    const holds = secrets.some((secret) => name.includes(secret) || value.includes(secret));
    if (!holds && !OF_BODY.test(name)) kept.push(name, value);
  }
  return kept;
}

function secretsOf({ credentials }: Surroundings, provider: Provider): readonly string[] {
  const { cloud } = provider;
  const accessKey = cloud?.type === "aws" ? cloud.accessKey : undefined;
  const all = [
    ...keysOf(provider),
    accessKey?.secret,
    accessKey?.sessionToken,
    ...secretsIn(credentials.current(provider)),
  ];
  return all.flatMap((key) => {
    const secret = key?.reveal() ?? "";
    return secret === "" || PLACEHOLDERS.has(secret) ? [] : [secret];
  });
}

function secretsIn(credential: Credential | undefined): readonly (Secret | undefined)[] {
  if (credential?.type === "access-key") return [credential.accessKey.secret, credential.accessKey.sessionToken];
  return [credential?.token];
}
