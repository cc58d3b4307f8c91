import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { z } from "zod";
import { type ServiceAccount } from "#inference";
import { type Provider } from "#routing";
import { Secret } from "#units";
import { type World } from "#world";
import { type GatewayLog } from "./gateway-log.ts";
import { fetchSmall } from "./fetch-small.ts";

/** A token is renewed while it is still good for so long, and served on meanwhile. */
const AHEAD_MS = 5 * 60_000;
/** Calls in the last moments of a token may meet a clock that is ahead of ours. */
const MARGIN_MS = 10_000;
/** After a failure nobody asks again for so long, so that calls fail over at once. */
const PAUSE_MS = 5_000;
const ASSERTION_SECONDS = 3_600;
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const Granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  expires_in: z.number().positive(),
});

interface Held {
  token: Secret | undefined;
  /** On the monotonic clock, like all of these. */
  expiresAtMs: number;
  notBeforeMs: number;
  running: Promise<void> | undefined;
}

/**
 * Tokens of service accounts, one for each account and thread. Whoever finds none waits for the one exchange that is under
 * way; from then on it is renewed ahead, and nobody waits again.
 */
export class AccessTokens {
  readonly #world: World;
  readonly #log: GatewayLog;
  readonly #held = new Map<string, Held>();

  constructor(world: World, log: GatewayLog) {
    this.#world = world;
    this.#log = log;
  }

  /** The token at hand; undefined where the provider takes none, or none could be had. */
  current(provider: Provider): Secret | undefined {
    const account = accountOf(provider);
    const held = account === undefined ? undefined : this.#held.get(nameOf(account));
    if (held?.token === undefined) return undefined;
    return held.expiresAtMs - MARGIN_MS > this.#world.clock.monotonicMs() ? held.token : undefined;
  }

  /** True when the provider can be asked now. A promise only while its first token is on the way. */
  ready(provider: Provider): boolean | Promise<boolean> {
    const account = accountOf(provider);
    if (account === undefined) return true;
    const held = this.#of(account);
    const nowMs = this.#world.clock.monotonicMs();
    if (held.expiresAtMs - AHEAD_MS <= nowMs && held.notBeforeMs <= nowMs) held.running ??= this.#renew(account, held);
    if (this.current(provider) !== undefined) return true;
    if (held.running === undefined) return false;
    return held.running.then(() => this.current(provider) !== undefined);
  }

  /** The provider does not know it any more. */
  forget(provider: Provider): void {
    const account = accountOf(provider);
    if (account !== undefined) this.#of(account).expiresAtMs = 0;
  }

  #of(account: ServiceAccount): Held {
    const name = nameOf(account);
    const known = this.#held.get(name);
    if (known !== undefined) return known;
    const made: Held = { token: undefined, expiresAtMs: 0, notBeforeMs: 0, running: undefined };
    this.#held.set(name, made);
    return made;
  }

  async #renew(account: ServiceAccount, held: Held): Promise<void> {
    const { clock, network } = this.#world;
    const assertion = await assertionOf(account, Math.floor(clock.now() / 1000));
    const body = new URLSearchParams({ grant_type: GRANT, assertion });
    const answer = await fetchSmall(
      { clock, network },
      { url: new URL(account.tokenUrl), contentType: "application/x-www-form-urlencoded", body: body.toString() },
    );
    const granted = Granted.safeParse(answer.ok && answer.value.status === 200 ? parse(answer.value.body) : undefined);
    const nowMs = clock.monotonicMs();
    held.running = undefined;
    if (granted.success) {
      held.token = new Secret(granted.data.access_token);
      held.expiresAtMs = nowMs + granted.data.expires_in * 1000;
      return;
    }
    held.notBeforeMs = nowMs + PAUSE_MS;
    const reason = answer.ok ? `status ${answer.value.status}` : answer.error;
    this.#log("warn", "access-token-refused", { account: account.email, reason });
  }
}

function accountOf({ cloud }: Provider): ServiceAccount | undefined {
  return cloud?.type === "vertex" ? cloud.account : undefined;
}

function nameOf({ email, keyId, tokenUrl }: ServiceAccount): string {
  return `${email} ${keyId ?? ""} ${tokenUrl}`;
}

/** Proves who asks for a token (RFC 7523). */
function assertionOf(account: ServiceAccount, nowSeconds: number): Promise<string> {
  const { email, keyId, privateKey, tokenUrl } = account;
  return new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(email)
    .setAudience(tokenUrl)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + ASSERTION_SECONDS)
    .sign(createPrivateKey(privateKey.reveal()));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
