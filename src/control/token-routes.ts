import { type KeyObject } from "node:crypto";
import { KeyDigester } from "#access";
import { type Books, type StoredToken } from "#books";
import { CreatedToken, NewToken, type Token, TokenPage, TokenQuery } from "#contract";
import { err, ok } from "#std";
import { instant, Secret } from "#units";
import { type World } from "#world";
import { changeBy } from "./change-by.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";

export interface TokenRouteParts {
  readonly tokens: Books["tokens"];
  readonly pepper: KeyObject;
  readonly world: World;
  readonly log: ControlLog;
}

/** The token that stands in the data folder; ended there, by taking the file away and starting again. */
const ADMIN = "admin";
const RANDOM_BYTES = 24;

export function addTokenRoutes(routes: Routes, parts: TokenRouteParts): void {
  addListRoute(routes, parts);
  addCreateRoute(routes, parts);
  addEndRoute(routes, parts);
}

function addListRoute(routes: Routes, { tokens, world }: TokenRouteParts): void {
  routes.add({
    method: "GET",
    path: "/api/v1/tokens",
    summary: "Tokens of the control API with their roles, by name; never their secrets.",
    query: TokenQuery,
    body: noBody,
    answer: TokenPage,
    run: async ({ query: { limit, cursor } }) => {
      const found = await tokens.list(world.clock.now(), { limit: limit + 1, after: cursor });
      const rows = found.slice(0, limit);
      return ok({ json: { rows: rows.map(toToken), cursor: found.length > limit ? rows.at(-1)?.name : undefined } });
    },
  });
}

function addCreateRoute(routes: Routes, { tokens, pepper, world, log }: TokenRouteParts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/tokens",
    summary: "Makes a token with a role. The answer is the only place where its secret is ever shown.",
    query: noQuery,
    body: NewToken,
    answer: CreatedToken,
    status: 201,
    run: async ({ body, caller }) => {
      const now = world.clock.now();
      const expiresAt = body.expires_at === undefined ? undefined : instant(Date.parse(body.expires_at));
      if (expiresAt !== undefined && expiresAt <= now) {
        const fields = [{ path: "expires_at", detail: "Must be in the future." }];
        return err({ code: "invalid_body", detail: "Some fields are wrong.", fields });
      }
      const secret = new Secret(`tare_${body.role}_${world.chance.hex(RANDOM_BYTES)}`);
      const token = { name: body.name, role: body.role, createdAt: now, expiresAt };
      const change = changeBy(caller, world);
      if (!(await tokens.create({ ...token, digest: new KeyDigester(pepper).digest(secret) }, change)))
        return err({ code: "name_taken", detail: "End the token of this name first, or choose another." });
      log("info", "token-created", { token: body.name, role: body.role, who: change.who });
      return ok({ status: 201, json: { token: toToken(token), secret: secret.reveal() } });
    },
  });
}

function addEndRoute(routes: Routes, { tokens, world, log }: TokenRouteParts): void {
  routes.add({
    method: "DELETE",
    path: "/api/v1/tokens/{id}",
    summary: "Ends a token at once, and every session that was opened with it.",
    query: noQuery,
    body: noBody,
    answer: undefined,
    status: 204,
    run: async ({ id: name, caller }) => {
      if (name === ADMIN) return err({ code: "token_in_folder", detail: "Remove secrets/admin-token and restart." });
      const change = changeBy(caller, world);
      if (!(await tokens.end(name, change)))
        return err({ code: "not_found", detail: "There is no token of this name." });
      log("info", "token-ended", { token: name, who: change.who });
      return ok({ status: 204, bytes: "", mediaType: "text/plain" });
    },
  });
}

function toToken({ name, role, createdAt, expiresAt }: StoredToken): Token {
  return {
    name,
    role,
    created_at: new Date(createdAt).toISOString(),
    expires_at: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
  };
}
