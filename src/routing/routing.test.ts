import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatNames } from "#inference";
import { type CallToPlan, type Provider, resolveModel, type Route, Router, type RouteTable } from "#routing";
import { PriceBook } from "#pricing";
import { instant } from "#units";

const direct = {
  retries: 0,
  timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
  maxOutputTokens: undefined,
  holdCeiling: undefined,
  defaults: {},
};

function provider(name: string, format: Provider["format"]): Provider {
  return {
    name,
    format,
    origin: `http://${name}.test`,
    basePath: "",
    apiKey: undefined,
    prices: name,
    region: undefined,
    onClientGone: "cancel",
    trace: false,
    streamUsage: true,
  };
}

const first = provider("first", "openai");
const second = provider("second", "openai");
const claude = provider("claude", "anthropic");
const support: Route = {
  ...direct,
  name: "support",
  retries: 2,
  targets: [
    { provider: claude, model: "haiku" },
    { provider: second, model: "mini" },
    { provider: first, model: "mini" },
  ],
};
const table: RouteTable = { providers: [claude, first, second], routes: new Map([["support", support]]), direct };

function targetsOf(name: string, format: Provider["format"]) {
  const resolved = resolveModel(name, { format, isTranslatable: false }, table);
  return resolved.ok
    ? resolved.value.route.targets.map((target) => `${target.provider.name}/${target.model}`)
    : resolved.error.type;
}

it("leads to a provider of another format when the call can be translated", () => {
  const resolved = resolveModel("claude/haiku", { format: "openai", isTranslatable: true }, table);
  expect(resolved).toMatchObject({ ok: true, value: { names: ["claude/haiku"] } });
});

function namesOf(name: string) {
  const resolved = resolveModel(name, { format: "openai", isTranslatable: false }, table);
  return resolved.ok ? resolved.value.names : [];
}

describe("a model name", () => {
  it("means the route of that name before anything else", () => {
    expect(targetsOf("support", "openai")).toEqual(["claude/haiku", "second/mini", "first/mini"]);
  });

  it("is split at the first slash when what stands before it is a provider", () => {
    expect(targetsOf("second/meta/llama", "openai")).toEqual(["second/meta/llama"]);
    expect(targetsOf("meta/llama", "openai")).toEqual(["first/meta/llama"]);
  });

  it("goes bare to the first provider of the client's format", () => {
    expect(targetsOf("gpt", "openai")).toEqual(["first/gpt"]);
    expect(targetsOf("haiku", "anthropic")).toEqual(["claude/haiku"]);
  });

  it("is refused when nothing behind it speaks the client's format", () => {
    expect(targetsOf("gpt", "gemini")).toBe("unknown_model");
    expect(targetsOf("claude/haiku", "openai")).toBe("format_not_served");
    expect(targetsOf("support", "gemini")).toBe("format_not_served");
    expect(targetsOf("first/", "openai")).toBe("unknown_model");
  });

  it("tells the names by which a key's list may allow it, and a route only by its own", () => {
    expect(namesOf("support")).toEqual(["support"]);
    expect(namesOf("gpt")).toEqual(["gpt", "first/gpt"]);
    expect(namesOf("second/gpt")).toEqual(["second/gpt"]);
  });
});

const moment = {
  prices: PriceBook.build({ seed: [], own: [], configured: [] }),
  at: instant(0),
  nowMs: 0,
};

function planOf(route: Route, call: Pick<CallToPlan, "format" | "pinned"> & { readonly isTranslatable?: boolean }) {
  const attributes = { feature: "(none)", team: "(none)", customer: "(none)", environment: "(none)", tags: {} };
  const asked = {
    isTranslatable: false,
    ...call,
    attributes,
    inputTokens: 100,
    outputTokensMax: undefined,
    affinity: () => "",
  };
  return new Router({ fraction: () => 0.5 }).plan(route, asked, moment);
}

function anyFormat(pinned: string | undefined) {
  return planOf(support, { format: "openai", isTranslatable: true, pinned }).map(({ target }) => target.provider.name);
}

describe("a plan", () => {
  it("is flat: each target of the format with its retries, then the next", () => {
    expect(
      planOf(support, { format: "openai", pinned: undefined }).map(
        ({ target, purpose }) => `${purpose} ${target.provider.name}`,
      ),
    ).toEqual(["answer second", "retry second", "retry second", "fallback first", "retry first", "retry first"]);
  });

  it("holds targets of every format for a call that can be translated, but none of another provider than the pinned", () => {
    expect(new Set(anyFormat(undefined))).toEqual(new Set(["claude", "second", "first"]));
    expect(new Set(anyFormat("first"))).toEqual(new Set(["first"]));
  });

  it("holds only targets of the format and the pinned provider, and begins with the one answer", () => {
    const providers = [first, second, claude];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...providers)),
        fc.nat(4),
        fc.constantFrom(...formatNames),
        fc.option(fc.constantFrom("first", "second", "claude"), { nil: undefined }),
        (targets, retries, format, pinned) => {
          const route = { ...support, retries, targets: targets.map((one) => ({ provider: one, model: "m" })) };
          const plan = planOf(route, { format, pinned });
          const fitting = targets.filter((one) => one.format === format && (pinned ?? one.name) === one.name);
          expect(plan).toHaveLength(fitting.length * (retries + 1));
          expect(plan.every(({ target }) => fitting.includes(target.provider))).toBe(true);
          expect(plan.filter(({ purpose }) => purpose === "answer")).toHaveLength(plan.length === 0 ? 0 : 1);
        },
      ),
    );
  });
});
