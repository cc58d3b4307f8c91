import { type IncomingMessage } from "node:http";
import { type KeyObject } from "node:crypto";
import { extractCredential, KeyDigester, type Role } from "#access";
import { type Books } from "#books";
import { Session } from "#contract";
import { err, ok, type Result } from "#std";
import { type Instant, instant, Secret } from "#units";
import { type World } from "#world";
import { type Clients } from "./clients.ts";
import { FailureLimit } from "./failure-limit.ts";
import { type ControlProblem } from "./problems.ts";

/** Who asks. A session came by cookie, so a browser sends it whoever wrote the page. */
export type Caller = {
  readonly role: Role;
  /** For the audit: the name of the token, or that a session was opened by a one-time link. */
  readonly who: string;
} & ({ readonly by: "token" } | { readonly by: "session"; readonly digest: string; readonly expiresAt: Instant });

const LOGIN_MS = 10 * 60_000;
const SESSION_MS = 12 * 60 * 60_000;
const SESSION_COOKIE = "tare_session";
const COOKIE = new RegExp(`(?:^|; *)${SESSION_COOKIE}=([0-9a-f]{64})(?:;|$)`);

interface DoorkeeperParts {
  readonly tokens: Books["tokens"];
  readonly pepper: KeyObject;
  readonly world: World;
  readonly clients: Clients;
}

/** Tells who asks, and opens and closes sessions. Of every secret it keeps a digest only. */
export class Doorkeeper {
  readonly #tokens: Books["tokens"];
  readonly #digester: KeyDigester;
  readonly #world: World;
  readonly #failures: FailureLimit;

  readonly #clients: Clients;

  constructor({ tokens, pepper, world, clients }: DoorkeeperParts) {
    this.#tokens = tokens;
    this.#digester = new KeyDigester(pepper);
    this.#world = world;
    this.#failures = new FailureLimit(world.clock);
    this.#clients = clients;
  }

  /** Undefined when nothing was sent; a credential that is wrong is a problem even beside one that is right. */
  async identify(incoming: IncomingMessage): Promise<Result<Caller | undefined, ControlProblem>> {
    const credential = extractCredential(incoming.rawHeaders, undefined);
    if (!credential.ok) return this.#fail(incoming, "unauthenticated", "Send one token, as Authorization: Bearer.");
    const now = this.#world.clock.now();
    if (credential.value !== undefined) {
      const token = await this.#tokens.find(this.#digester.digest(credential.value), now);
      const role = toRole(token?.role);
      if (token === undefined || role === undefined)
        return this.#fail(incoming, "unauthenticated", "The token is unknown or has expired.");
      return ok({ by: "token", role, who: `token ${token.name}` });
    }
    return ok(await this.callerBySession(incoming));
  }

  /** Whose browser asks. It goes on sending the cookie of a session that is over: that is nobody, not an attack. */
  async callerBySession(incoming: IncomingMessage): Promise<Caller | undefined> {
    const cookie = COOKIE.exec(incoming.headers.cookie ?? "")?.[1];
    if (cookie === undefined) return undefined;
    const digest = this.#digester.digest(new Secret(cookie));
    const session = await this.#tokens.findSession(digest, this.#world.clock.now());
    const role = toRole(session?.role);
    if (session === undefined || role === undefined) return undefined;
    return { by: "session", role, who: sessionOf(session.token), digest, expiresAt: session.expiresAt };
  }

  /** Whom a log names: an address. */
  addressOf(incoming: IncomingMessage): string {
    return this.#clients.addressOf(incoming);
  }

  /** A one-time token, good for ten minutes, that the page trades for a session. */
  async issueLogin(role: Role): Promise<Secret> {
    const secret = new Secret(`tare_login_${this.#world.chance.hex(32)}`);
    const expiresAt = instant(this.#world.clock.now() + LOGIN_MS);
    await this.#tokens.addLogin({ digest: this.#digester.digest(secret), role, expiresAt });
    return secret;
  }

  /** Trades a one-time token, or a standing one, for a session; a one-time token is gone afterwards. */
  async openSession(
    incoming: IncomingMessage,
    token: Secret,
  ): Promise<Result<{ readonly caller: Caller; readonly cookie: string }, ControlProblem>> {
    const now = this.#world.clock.now();
    const given = this.#digester.digest(token);
    const login = await this.#tokens.takeLogin(given, now);
    const standing = login === undefined ? await this.#tokens.find(given, now) : undefined;
    const role = toRole(login?.role ?? standing?.role);
    if (role === undefined) {
      return this.#fail(incoming, "login_failed", "It is unknown, has expired, or was used before.");
    }
    const secret = this.#world.chance.hex(32);
    const digest = this.#digester.digest(new Secret(secret));
    const expiresAt = instant(now + SESSION_MS);
    await this.#tokens.openSession({ digest, role, token: standing?.name, now, expiresAt });
    const isTls = this.#clients.isByTls(incoming) || incoming.headers.origin?.startsWith("https:") === true;
    const who = sessionOf(standing?.name ?? null);
    const caller: Caller = { by: "session", role, who, digest, expiresAt };
    return ok({ caller, cookie: cookieText(secret, SESSION_MS, isTls) });
  }

  /** Ends the session and gives the cookie that takes the old one out of the browser. */
  async closeSession(caller: Caller | undefined): Promise<string> {
    if (caller?.by === "session") await this.#tokens.closeSession(caller.digest);
    return cookieText("", 0, false);
  }

  #fail(
    incoming: IncomingMessage,
    code: "unauthenticated" | "login_failed",
    detail: string,
  ): Result<never, ControlProblem> {
    const isOver = this.#failures.note(this.#clients.addressOf(incoming));
    if (!isOver) return err({ code, detail, headers: { "www-authenticate": "Bearer" } });
    return err({
      code: "too_many_failures",
      detail: "Wait a minute; right credentials still work.",
      headers: { "retry-after": "60" },
    });
  }
}

function sessionOf(token: string | null): string {
  return token === null ? "session of a one-time link" : `session of token ${token}`;
}

function toRole(text: string | undefined): Role | undefined {
  const role = Session.shape.role.safeParse(text);
  return role.success ? role.data : undefined;
}

function cookieText(secret: string, maxAgeMs: number, isTls: boolean): string {
  const secure = isTls ? "; Secure" : "";
  return `${SESSION_COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeMs / 1000}${secure}`;
}
