import { type KeyObject } from "node:crypto";
import { KeyDigester, keyHint, newKeySecret } from "#access";
import { type StoredKey } from "#books";
import { CreatedKey, Key, KeyPage, KeyQuery, KeyRotation, NewKey } from "#contract";
import { err, ok, type Result } from "#std";
import { type Id, type Instant, instant, type Secret } from "#units";
import { type World } from "#world";
import { keyId, listKeys, toKey, toListed } from "./key-page.ts";
import { type ControlProblem } from "./problems.ts";
import { changeBy } from "./change-by.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type KeySource } from "./sources.ts";
import { type ControlLog } from "./control-log.ts";

export interface KeyRouteParts {
  readonly keys: KeySource;
  readonly pepper: KeyObject;
  readonly world: World;
  readonly log: ControlLog;
}

export function addKeyRoutes(routes: Routes, parts: KeyRouteParts): void {
  const { keys, world } = parts;
  routes.add({
    method: "GET",
    path: "/api/v1/keys",
    summary: "Keys: those of the configuration file, then the others, newest first. Never their secrets.",
    query: KeyQuery,
    body: noBody,
    answer: KeyPage,
    run: async ({ query }) => {
      const page = await listKeys(keys, query);
      if (!page.ok) return page;
      const now = world.clock.now();
      const { rows, cursor } = page.value;
      return ok({ json: { rows: rows.map((row) => toKey(row, now)), cursor } });
    },
  });
  addCreateRoute(routes, parts);
  addRevokeRoute(routes, parts);
  addRotateRoute(routes, parts);
}

function addCreateRoute(routes: Routes, { keys, pepper, world, log }: KeyRouteParts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/keys",
    summary: "Creates a key. The answer is the only place where its secret is ever shown.",
    query: noQuery,
    body: NewKey,
    answer: CreatedKey,
    status: 201,
    run: async ({ body, caller }) => {
      const now = world.clock.now();
      const wrong = checkNewKey(body, now);
      if (wrong.length > 0) return err({ code: "invalid_body", detail: "Some fields are wrong.", fields: wrong });
      const { id, secret, digest, hint } = mintKey(pepper, world);
      const key: StoredKey = {
        id,
        name: body.name ?? id,
        digest,
        hint,
        team: body.team,
        feature: body.feature,
        customer: body.customer,
        environment: body.environment,
        models: body.models,
        maxOutputTokens: body.max_output_tokens,
        maxContextTokens: body.max_context,
        requireInteraction: body.require_interaction ?? false,
        createdAt: now,
        expiresAt: body.expires_at === undefined ? undefined : instant(Date.parse(body.expires_at)),
        revokedAt: undefined,
        lastUsedAt: undefined,
        replacedBy: undefined,
      };
      await keys.stored.create(key, changeBy(caller, world));
      await keys.changed({ type: "keys-put", records: [toListed(key)] });
      log("info", "key-created", { key: id });
      return ok({ status: 201, json: { key: toKey(toListed(key), now), secret: secret.reveal() } });
    },
  });
}

function addRevokeRoute(routes: Routes, { keys, world, log }: KeyRouteParts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/keys/{id}/revoke",
    summary: "Ends a key at once and for good. Calls that are running go on.",
    query: noQuery,
    body: noBody,
    answer: Key,
    run: async ({ id: text, caller }) => {
      const id = changeableId(keys, text);
      if (!id.ok) return id;
      const now = world.clock.now();
      const revoked = await keys.stored.revoke(id.value, changeBy(caller, world));
      if (revoked === undefined) return err(unknownKey);
      await keys.changed({ type: "keys-put", records: [toListed(revoked)] });
      log("info", "key-revoked", { key: id.value });
      return ok({ json: toKey(toListed(revoked), now) });
    },
  });
}

function addRotateRoute(routes: Routes, { keys, pepper, world, log }: KeyRouteParts): void {
  routes.add({
    method: "POST",
    path: "/api/v1/keys/{id}/rotate",
    summary: "Makes a key that replaces this one, which stays good for `overlap_seconds`.",
    query: noQuery,
    body: KeyRotation,
    answer: CreatedKey,
    status: 201,
    run: async ({ id: text, body, caller }) => {
      const id = changeableId(keys, text);
      if (!id.ok) return id;
      const now = world.clock.now();
      const { secret, ...successor } = mintKey(pepper, world);
      const overlapUntil = instant(now + body.overlap_seconds * 1000);
      const rotated = await keys.stored.rotate(id.value, {
        successor,
        change: changeBy(caller, world),
        overlapUntil,
      });
      if (!rotated.ok) return err(rotated.error.type === "unknown-key" ? unknownKey : notActive);
      const { replaced, successor: key } = rotated.value;
      await keys.changed({ type: "keys-put", records: [toListed(replaced), toListed(key)] });
      log("info", "key-rotated", { key: id.value, successor: key.id });
      return ok({ status: 201, json: { key: toKey(toListed(key), now), secret: secret.reveal() } });
    },
  });
}

const unknownKey = { code: "not_found", detail: "There is no key of this id." } as const;
const notActive = { code: "key_not_active", detail: "Only a key that is active can be rotated." } as const;
const inConfig = { code: "key_in_config", detail: "Change it in tare.yaml; it is read again by itself." } as const;

function changeableId(keys: KeySource, text: string): Result<Id<"key">, ControlProblem> {
  if (keys.configured().some(({ id }) => id === text)) return err(inConfig);
  const id = keyId(text);
  return id === undefined ? err(unknownKey) : ok(id);
}

function mintKey(
  pepper: KeyObject,
  world: World,
): { readonly id: Id<"key">; readonly secret: Secret; readonly digest: string; readonly hint: string } {
  const secret = newKeySecret(world.chance.hex(32));
  return { id: world.chance.id("key"), secret, digest: new KeyDigester(pepper).digest(secret), hint: keyHint(secret) };
}

function checkNewKey(body: NewKey, now: Instant): { path: string; detail: string }[] {
  const wrong: { path: string; detail: string }[] = [];
  for (const [index, name] of (body.models ?? []).entries()) {
    if (name.slice(0, -1).includes("*")) {
      wrong.push({ path: `models.${index}`, detail: "`*` may stand only at the end." });
    }
  }
  if (body.expires_at !== undefined && Date.parse(body.expires_at) <= now) {
    wrong.push({ path: "expires_at", detail: "Must be in the future." });
  }
  return wrong;
}
