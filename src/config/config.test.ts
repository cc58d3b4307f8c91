import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowedOrigins, type Config, configDocs, configuredPrices, defaultConfigText } from "#config";
import { compileSnapshot, describeConfigProblem, openConfig, readConfig, sealConfig } from "#config";
import { PriceBook } from "#pricing";

const CANARY = "sk-canary-0123456789";
const env = {
  OPENAI_API_KEY: CANARY,
  ANTHROPIC_API_KEY: "sk-ant-canary-1",
  GEMINI_API_KEY: "gm-canary-1",
  TARE_CI_KEY: "ci-canary-0123456789",
  TARE_HOOK: "https://hooks.example.com/services/canary",
  TARE_HOOK_SECRET: "signing-canary-0123456789",
};
const sources = { env, readSecretFile: (path: string) => (path === "/run/secrets/key" ? `${CANARY}\n` : undefined) };

const whole = `
listen:   { host: 127.0.0.1, port: 4000, control_port: 4001, threads: auto }
data:     ./tare-data
currency: USD
timezone: UTC
providers:
  openai:    { format: openai,    api_key: "\${OPENAI_API_KEY}" }
  claude:    { format: anthropic, api_key: "\${ANTHROPIC_API_KEY}" }
  gemini:    { format: gemini,    api_key: "file:/run/secrets/key" }
  local:     { format: openai,    base_url: "http://127.0.0.1:8000/v1/", api_key: none, region: eu, on_client_gone: drain,
               rates: { "llama-3.3-70b": { input: 0.40 USD/M, cache_read: 0.10 USD/M, output: 0.80 USD/M } } }
routes:
  support:
    targets: [claude/claude-haiku-4-5, openai/gpt-5-mini, local/meta/llama]
    strategy: fallback
    retries: 2
    timeouts: { connect: 2s, first_byte: 20s, idle: 50ms, total: 10m }
    max_output_tokens: 1024
    hold_ceiling: 0.50 USD
keys:
  - { name: ci, secret: "\${TARE_CI_KEY}", team: support, models: [support, "openai/*"] }
alerts: { url: "\${TARE_HOOK}", secret: "\${TARE_HOOK_SECRET}", format: slack }
`;

function read(text: string): Config {
  const config = readConfig(text, sources);
  if (!config.ok)
    throw new Error(config.error.map((problem) => describeConfigProblem(problem, "tare.yaml")).join("\n"));
  return config.value;
}

function problemsOf(text: string) {
  const config = readConfig(text, sources);
  return config.ok ? [] : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
}

describe("a configuration file", () => {
  it("says what a recurring bill's currency is worth when it begins, or is refused", () => {
    const bills = `bills:
  recurring:
    - { name: reviewers, layer: human review, amount: 9000.50 EUR, from: 2027-01 }
exchange_rates:
  - { currency: EUR, from: FROM, rate: "1.0832", source: central bank }
`;
    expect(problemsOf(whole + bills.replace("FROM", "2027-01-01"))).toEqual([]);
    expect(problemsOf(whole + bills.replace("FROM", "2027-01-02"))[0]).toContain(
      "bills.recurring[0].amount: no rate of EUR holds on 2027-01-01; add one to exchange_rates",
    );
  });

  it("is read whole, exactly, with what it leaves out filled in", () => {
    const config = read(whole);
    expect(config.routes[0]).toEqual({
      name: "support",
      targets: [
        { provider: "claude", model: "claude-haiku-4-5", weight: 1, when: undefined },
        { provider: "openai", model: "gpt-5-mini", weight: 1, when: undefined },
        { provider: "local", model: "meta/llama", weight: 1, when: undefined },
      ],
      strategy: "fallback",
      regions: undefined,
      cache: undefined,
      lastResort: undefined,
      hedging: undefined,
      retries: 2,
      timeouts: { connectMs: 2000, firstByteMs: 20_000, idleMs: 50, totalMs: 600_000 },
      maxOutputTokens: 1024,
      holdCeiling: 500_000_000n,
      onUnsupported: "refuse",
      defaults: {},
    });
    expect(config.providers.map(({ name }) => name)).toEqual(["openai", "claude", "gemini", "local"]);
    expect(config.providers[3]).toMatchObject({
      origin: "http://127.0.0.1:8000",
      basePath: "/v1",
      apiKey: undefined,
      onClientGone: "drain",
      region: "eu",
      priceList: undefined,
    });
    expect(config.secretsInClear).toEqual([]);
    expect(config.providers[2]?.apiKey?.reveal()).toBe(CANARY);
    expect(config.keys[0]?.secret.reveal()).toBe(env.TARE_CI_KEY);
    expect(config.listen).toMatchObject({ port: 4000, controlPort: 4001, threads: "auto", drainMs: 25_000 });
    expect(config.limits.jsonBytesMax).toBe(32 * 1024 * 1024);
    expect(allowedOrigins(config).ofCalls).toContain("http://127.0.0.1:8000");
  });

  it("may be empty: everything has a default", () => {
    expect(read("")).toMatchObject({ data: "./tare-data", currency: "USD", timezone: "UTC", providers: [], keys: [] });
  });

  it("may be left out: a provider stands for each usual key that is set", () => {
    const config = read(defaultConfigText({ OPENAI_API_KEY: "x", GOOGLE_API_KEY: " " }));
    expect(config.providers.map(({ name, priceList }) => [name, priceList])).toEqual([["openai", "openai"]]);
    expect(read(defaultConfigText(env)).providers.map(({ format }) => format)).toEqual([
      "openai",
      "anthropic",
      "gemini",
    ]);
  });
});

describe("problems", () => {
  it("are told all at once, each with its place and what was probably meant", () => {
    const text = `listen: { prot: 4000, threads: 0 }
timezone: Mars/Olympus
providers:
  openai: { formt: openai, api_key: "\${NOWHERE}" }
  claude: { format: antropic, api_key: "\${CANARY" }
routes:
  support: { targets: [opnai/gpt, claude/x, nothing], retries: 2.5, timeouts: { idle: 30, total: 1.5s } }
journal: { segment_size: 64MB }
keys:
  - { name: ci, secret: file:/nowhere, models: all }
  - { name: ci, secret: "\${TARE_CI_KEY}" }
`;
    expect(problemsOf(text)).toEqual([
      "tare.yaml:1:11  listen.prot: unknown field; did you mean port?",
      "tare.yaml:1:32  listen.threads: has to be at least 1",
      "tare.yaml:2:11  timezone: write a time zone's IANA name, such as Europe/Berlin or UTC",
      "tare.yaml:4:11  providers.openai.format: is missing; has to be openai or anthropic or gemini or bedrock",
      "tare.yaml:4:13  providers.openai.formt: unknown field; did you mean format?",
      "tare.yaml:4:37  providers.openai.api_key: the environment variable NOWHERE is not set",
      "tare.yaml:5:21  providers.claude.format: has to be openai or anthropic or gemini or bedrock; did you mean anthropic?",
      "tare.yaml:5:40  providers.claude.api_key: write ${NAME}, file:/path, or none where the provider takes no key",
      "tare.yaml:7:24  routes.support.targets[0]: there is no provider opnai; did you mean openai?",
      "tare.yaml:7:45  routes.support.targets[2]: write a target as provider/model",
      "tare.yaml:7:64  routes.support.retries: has to be a whole number",
      "tare.yaml:7:87  routes.support.timeouts.idle: write a duration: a whole number with ms, s, m, h or d, such as 50ms or 2s",
      "tare.yaml:7:98  routes.support.timeouts.total: write a duration: a whole number with ms, s, m, h or d, such as 50ms or 2s",
      "tare.yaml:8:26  journal.segment_size: write a size: a whole number with B, KiB, MiB, GiB or TiB, such as 512MiB",
      "tare.yaml:10:25  keys[0].secret: the file /nowhere cannot be read or is empty",
      "tare.yaml:10:48  keys[0].models: has to be a list",
      "tare.yaml:11:13  keys[1].name: another key has this name already",
    ]);
  });

  it.for([
    ["content: { capture: full }", "content.capture: prompts and answers cannot be kept yet"],
    ["currency: EUR", "currency: price lists are in USD"],
  ])("say of %j that it is not built yet, where ignoring it would mislead", ([text = "", said]) => {
    const config = readConfig(`providers: { o: { format: openai, api_key: none } }\n${text}`, sources);
    expect(config.ok).toBe(false);
    if (config.ok) return;
    expect(config.error).toHaveLength(1);
    expect(config.error[0]?.code).toBe("not_built");
    expect(describeConfigProblem(config.error[0] ?? expect.fail(), "tare.yaml")).toContain(said);
  });

  it.for([
    ["targets: [{ target: o/m, wieght: 2 }]", "routes.r.targets[0].wieght: unknown field; did you mean weight?"],
    ["targets: [{ target: x/m }]", "routes.r.targets[0]: there is no provider x"],
    ["targets: [{ target: o/m, when: { tags: { tier: [] } } }]", "routes.r.targets[0].when.tags.tier: has to have"],
    ["targets: [o/m], strategy: cheepest", "routes.r.strategy: has to be fallback or weighted or cheapest"],
    [
      "targets: [o/m], hedge: { at_most: 60% }",
      "routes.r.hedge.at_most: write a share of calls such as 5%, at most 50%",
    ],
    [
      "targets: [o/m], hedge: { at_most: 500% }",
      "routes.r.hedge.at_most: write a share of calls such as 5%, at most 50%",
    ],
    ["targets: [o/m], otherwise: { last_good: soon }", "routes.r.otherwise.last_good: write a duration"],
    ["targets: [o/m], cache: { exact: 10m, semantic: 1h }", "routes.r.cache.semantic: unknown field"],
    ["targets: [o/m], region: []", "routes.r.region: has to have something in it"],
  ])("find their place inside a route: %s", ([route = "", said]) => {
    const config = readConfig(
      `providers: { o: { format: openai, api_key: none } }\nroutes: { r: { ${route} } }`,
      sources,
    );
    const problems = config.ok ? [] : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
    expect(problems).toEqual([expect.stringContaining(String(said))]);
  });

  it("take a target with its share and conditions, regions, and several keys of one provider", () => {
    const config = read(
      `providers: { o: { format: openai, api_key: "\${OPENAI_API_KEY}", more_keys: ["\${OPENAI_API_KEY}"], region: eu } }
routes:
  r:
    strategy: weighted
    region: eu
    targets: [{ target: o/m, weight: 2.5, when: { tags: { tier: gold }, context: { at_least: 1000 } } }]`,
    );
    expect(config.routes[0]).toMatchObject({ strategy: "weighted", regions: ["eu"] });
    expect(config.routes[0]?.targets[0]).toMatchObject({
      weight: 2.5,
      when: { tags: { tier: ["gold"] }, contextMin: 1000, contextMax: undefined, feature: undefined },
    });
    expect(openConfig(structuredClone(sealConfig(config, { withSecrets: true }))).providers[0]?.moreKeys).toHaveLength(
      1,
    );
    expect(JSON.stringify(sealConfig(config, { withSecrets: false }).providers[0])).not.toContain("sk-");
  });

  it.for([
    ["[{ scop: everything, per: day, limit: 5 USD }]", "budgets[0].scop: unknown field; did you mean scope?"],
    ["[{ scope: everything, per: dayly, limit: 5 USD }]", "budgets[0].per: has to be minute or hour or day"],
    [
      "[{ scope: { teem: a }, per: day, limit: 5 USD }]",
      "budgets[0].scope: unknown dimension teem; did you mean team? a scope names feature, team,",
    ],
    ["[{ scope: { planet: a }, per: day, limit: 5 USD }]", "budgets[0].scope: a scope names feature, team,"],
    [
      "[{ scope: everything, per: day, limit: 5000000000000 USD }]",
      "budgets[0].limit: is too large: a limit is at most 999999999999",
    ],
    [
      "[{ scope: everything, per: day, limit: 0.1234567891 USD }]",
      "budgets[0].limit: has more than 9 digits after the point",
    ],
    ["[{ scope: everything, per: day, limit: 5 usd }]", "budgets[0].limit: unknown unit usd; did you mean USD?"],
    ["[{ scope: everything, per: day, limit: 60 request }]", "limit: unknown unit request; did you mean requests?"],
    ["[{ scope: everything, per: day, limit: 1.5 tokens }]", "limit: tokens are counted: write a whole number of them"],
    ["[{ scope: everything, per: day, limit: 5 EUR }]", "limit: write a limit: 500 USD, 60 requests,"],
    ["{ refusal_status: 403, list: [] }", "budgets.refusal_status: has to be 402 or 429"],
    ["{ list: [{ scope: everything, per: day }] }", "budgets.list[0].limit: is missing: write a limit"],
  ])("find their place in both forms of budgets: %s", ([budgets = "", said]) => {
    const config = readConfig(`providers: { o: { format: openai, api_key: none } }\nbudgets: ${budgets}`, sources);
    const problems = config.ok ? [] : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
    expect(problems.join("\n")).toContain(said);
  });

  it.for([
    ["{ url: http://example.com/hook }", "alerts.url: alerts leave this machine only by https"],
    ["{ url: ftp://example.com/hook }", "alerts.url: write an address that begins with https://"],
    ["{ url: https://user:pass@example.com/hook }", "alerts.url: a user and password in the address are not sent"],
    ["{ url: '${NOWHERE}' }", "alerts.url: the environment variable NOWHERE is not set"],
    ["{ url: https://example.com, secret: short }", "alerts.secret: a secret to sign with has at least 16 characters"],
    ["{ url: https://example.com, events: [budget_treshold] }", "alerts.events[0]: has to be budget_threshold or"],
  ])("find a webhook that could not be trusted: %s", ([alerts = "", said]) => {
    const config = readConfig(`providers: { o: { format: openai, api_key: none } }\nalerts: ${alerts}`, sources);
    const problems = config.ok ? [] : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
    expect(problems.join("\n")).toContain(said);
  });

  it.for([
    ["a field twice", "data: a\ndata: b", "tare.yaml:2:1  this field stands twice; keep one"],
    [
      "broken YAML",
      "listen: [",
      "tare.yaml:1:10  not valid YAML: Flow sequence in block collection must be sufficiently",
    ],
    ["two documents", "data: a\n---\ndata: b", "not valid YAML"],
    ["an unknown tag", "data: !!js/function x", "not valid YAML"],
    ["a list at the top", "- a", "tare.yaml:1:1  has to be a section of fields"],
    ["a file over 1 MiB", `data: ${"a".repeat(1024 * 1024)}`, "tare.yaml:1:1  the file is larger than 1 MiB"],
    ["an alias that leads nowhere", "data: *nowhere", "tare.yaml:1:7  not valid YAML: nothing is anchored as nowhere"],
    ["ten thousand brackets", "[".repeat(10_000), "nested too deep"],
    ["thousands of aliases", `a: &a 1\nb: [${"*a,".repeat(5000)}]`, "aliases unfold to more than a hundred"],
    ["one port for both", "listen: { port: 4000, control_port: 4000 }", "each listener needs one of its own"],
    ["a short static key", 'keys: [{ name: a, secret: "${SHORT}" }]', "at least 8 characters"],
    [
      "a base URL with a password",
      "providers: { o: { format: openai, api_key: none, base_url: 'http://a:b@c' } }",
      "a base URL has no user",
    ],
    [
      "a base URL of a file",
      "providers: { o: { format: openai, api_key: none, base_url: 'file:///etc' } }",
      "http or https",
    ],
    ["a provider's name with a slash", "providers: { a/b: { format: openai, api_key: none } }", "a provider's name is"],
  ])("name %s", ([, text = "", said = ""]) => {
    const config = readConfig(text, { ...sources, env: { SHORT: "short" } });
    expect(config.ok).toBe(false);
    if (!config.ok)
      expect(config.error.map((each) => describeConfigProblem(each, "tare.yaml")).join("\n")).toContain(said);
  });

  it("end a bomb of aliases before it unfolds", () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? "a0: &a0 [x]"
        : `a${level}: &a${level} [${Array(9)
            .fill(`*a${level - 1}`)
            .join(", ")}]`,
    );
    expect(problemsOf(levels.join("\n"))).toEqual(["tare.yaml:1:1  aliases unfold to more than a hundred copies"]);
  });

  it("never repeat a secret, wherever it was put", () => {
    const misplaced = [
      `providers: { o: { format: openai, api_key: ${CANARY} } }`,
      `providers: { o: { format: ${CANARY}, api_key: none } }`,
      `keys: [{ name: a, secret: ${CANARY} }]`,
      `data: [${CANARY}]`,
    ];
    for (const text of misplaced) expect(problemsOf(text).join("\n")).not.toContain(CANARY);
  });

  it("point into the file, whatever is written", () => {
    const words = fc.constantFrom(
      "listen",
      "providers",
      "port",
      "- ",
      ": ",
      "\n",
      "  ",
      "{",
      "}",
      "[",
      "]",
      "&a ",
      "*a",
      "null",
      "4000",
      '"',
      "#",
      "__proto__",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
        const text = parts.join("");
        const config = readConfig(text, sources);
        if (config.ok) return;
        expect(config.error.length).toBeGreaterThan(0);
        const lines = text.split("\n").length;
        for (const { line, column } of config.error) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });
});

describe("a sealed configuration", () => {
  it("crosses a thread's border and opens to the same", () => {
    const config = read(whole);
    const opened = openConfig(structuredClone(sealConfig(config, { withSecrets: true })));
    expect(opened).toEqual({ ...config, keys: [], alerts: undefined });
    expect(opened.providers.map(({ apiKey }) => apiKey?.reveal())).toEqual(
      config.providers.map(({ apiKey }) => apiKey?.reveal()),
    );
  });

  it("leaves secrets out for those who need none, and static keys always", () => {
    const config = read(whole);
    expect(inspect(sealConfig({ ...config, alerts: undefined }, { withSecrets: false }), { depth: 9 })).not.toContain(
      "canary",
    );
    expect(inspect(sealConfig(config, { withSecrets: true }), { depth: 9 })).not.toContain(env.TARE_CI_KEY);
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config.keys)).not.toContain("canary");
  });

  it("gives what alerts are sent and signed with to the office alone", () => {
    const config = read(whole);
    expect(sealConfig(config, { withSecrets: true }).alerts).toBeUndefined();
    const { alerts } = openConfig(structuredClone(sealConfig(config, { withSecrets: false })));
    expect(alerts).toMatchObject({ format: "slack", events: expect.arrayContaining(["budget_threshold"]) });
    expect([alerts?.url.reveal(), alerts?.secret?.reveal()]).toEqual([env.TARE_HOOK, env.TARE_HOOK_SECRET]);
  });

  it("compiles to what the gateway runs on", () => {
    const config = read(whole);
    const prices = PriceBook.build({
      seed: [],
      own: [],
      configured: configuredPrices(config),
    });
    const { table, revision } = compileSnapshot(config, prices);
    expect(revision).toMatch(/^[0-9a-f]{12}$/);
    expect(table.routes.get("support")?.targets[2]?.provider).toBe(table.providers[3]);
    expect(table.direct.timeouts.connectMs).toBe(5000);
  });
});

describe("the published JSON Schema", () => {
  it("is the one that reads the file", () => {
    expect(JSON.parse(readFileSync("tare.schema.json", "utf8"))).toEqual(configDocs().schema);
  });
});
