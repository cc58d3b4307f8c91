/** A control API on real HTTP with small honest stand-ins behind it, for the tests of this room. */
import { createSecretKey } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { KeyDigester, type KeyDelta, KeyRing, type KeyRecord, type Role } from "#access";
import { Books, type Change } from "#books";
import { type BudgetDefinition } from "#budget";
import { type BudgetDetail, Problem, type SpendQuery } from "#contract";
import { assert, err, ok } from "#std";
import { instant, type Instant, Secret } from "#units";
import { realWorld, type World } from "#world";
import { type LiveBudgets } from "./budget-rows.ts";
import { createControl } from "./create-control.ts";
import { listenerLimits } from "./listener.ts";
import { financeSources } from "./test-finance.ts";
import { type Metric } from "./metrics-text.ts";
import { securityHeaders } from "./security-headers.ts";
import { type AnalyticsSource, type ControlSources } from "./sources.ts";
import { testAllocations } from "./test-allocations.ts";
import { TestBills } from "./test-bills.ts";
import { testMargins, testReturns } from "./test-margins.ts";
import { aCall, aMeter, anEntry, aSpendRow, aStatus, money } from "./test-answers.ts";

export const pepper = createSecretKey(Buffer.alloc(32, 3));
const AT = "2026-01-02T03:04:05.678Z";

export function tokenName(secret: string): string {
  return `token ${new KeyDigester(pepper).digest(new Secret(secret)).slice(0, 8)}`;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly cookie?: string | undefined;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as JSON; a Buffer as it is. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export class TestControl {
  readonly folder = mkdtempSync(path.join(tmpdir(), "tare-control-"));
  readonly logged: unknown[] = [];
  readonly deltas: KeyDelta[] = [];
  readonly ring = new KeyRing();
  readonly questions: unknown[] = [];
  configured: KeyRecord[] = [];
  metrics: readonly Metric[] = [];
  configuredBudgets: readonly BudgetDefinition[] = [];
  live: LiveBudgets | undefined;
  holds: BudgetDetail["holds"] = [];
  readonly budgetsTold: (readonly BudgetDefinition[])[] = [];
  hasWebhook = true;
  now: Instant = instant(Date.parse(AT));
  port = 0;
  readonly books: Books;
  readonly world: World;
  readonly #control: ReturnType<typeof createControl>;
  readonly sources: ControlSources;

  constructor({ analytics = {}, limits = {} }: { analytics?: Partial<AnalyticsSource>; limits?: object } = {}) {
    const real = realWorld();
    this.world = { ...real, clock: { ...real.clock, now: () => this.now } };
    const books = Books.open(path.join(this.folder, "books.sqlite"), this.world);
    assert(books.ok, "the books open");
    this.books = books.value;
    this.sources = this.#sources(analytics);
    this.#control = createControl({
      world: this.world,
      sources: this.sources,
      pepper,
      version: "0.0.0",
      dashboard: this.#dashboard(),
      hostNames: ["tare.example"],
      log: (level, event, facts) => this.logged.push({ level, event, ...facts }),
      limits: { ...listenerLimits, ...limits },
    });
  }

  async start(): Promise<this> {
    const listening = await this.#control.listen({ host: "127.0.0.1", port: 0 });
    assert(listening.ok, "the control listener opens");
    this.port = listening.value.port;
    return this;
  }

  async stop(): Promise<void> {
    await this.#control.close();
    await this.books.close();
    rmSync(this.folder, { recursive: true });
  }

  change(): Change {
    return { audit: this.world.chance.id("audit"), who: "token admin", at: this.now };
  }

  async token(role: string, lifeMs?: number): Promise<string> {
    const secret = `token-of-${role}-${this.world.chance.hex(8)}`;
    const expiresAt = lifeMs === undefined ? undefined : instant(this.now + lifeMs);
    const digest = new KeyDigester(pepper).digest(new Secret(secret));
    await this.books.tokens.ensure({ name: tokenName(secret), digest, role, now: this.now, expiresAt });
    return secret;
  }

  async login(role: Role): Promise<string> {
    return (await this.#control.issueLogin(role)).reveal();
  }

  /** The cookie of a fresh session. */
  async session(role: Role): Promise<string> {
    const opened = await this.ask({ method: "POST", path: "/api/v1/session", body: { token: await this.login(role) } });
    assert(opened.status === 201, "a one-time token opens a session");
    return String(opened.headers["set-cookie"]).split(";")[0] ?? "";
  }

  /** Every answer is checked for what all answers have: security headers, and problems of the one shape. */
  async ask({ method = "GET", path: target, token, cookie, headers = {}, body }: Ask): Promise<Answer> {
    const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const sent = {
      host: `127.0.0.1:${this.port}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(bytes === undefined ? {} : { "content-type": "application/json", "content-length": String(bytes.length) }),
      ...headers,
    };
    const answer = await exchange({ port: this.port, method, path: target, headers: sent }, bytes);
    for (const [name, value] of Object.entries(securityHeaders)) {
      assert(answer.headers[name] === value, `${name} stands on ${method} ${target}`);
    }
    if (answer.status >= 400 && method !== "HEAD") {
      const problem = Problem.parse(answer.json);
      assert(problem.status === answer.status, "a problem says its own status");
      assert(answer.headers["content-type"] === "application/problem+json", "a problem says that it is one");
    }
    return answer;
  }

  #dashboard(): string {
    const folder = path.join(this.folder, "dashboard");
    mkdirSync(path.join(folder, "assets"), { recursive: true });
    writeFileSync(path.join(folder, "index.html"), "<!doctype html><title>Tare</title>");
    writeFileSync(path.join(folder, "favicon.svg"), "<svg/>");
    writeFileSync(path.join(folder, "assets", "main-abc123.js"), "export {};");
    writeFileSync(path.join(folder, "assets", "main-abc123.js.map"), "{}");
    return folder;
  }

  #sources(analytics: Partial<AnalyticsSource>): ControlSources {
    const note = (question: unknown) => this.questions.push(question);
    return {
      tokens: this.books.tokens,
      audit: this.books.audit,
      slos: { current: () => ({ rows: [], at: AT }) },
      margins: testMargins,
      returns: testReturns,
      targets: { current: () => ({ rows: [], as_of: AT, currency: "USD" }) },
      allocations: testAllocations,
      steps: {
        steps: (_, steps) => Promise.resolve(ok({ recorded: steps.length, corrected: 0, repeated: 0, unpriced: 0 })),
        outcome: () => Promise.resolve(ok("recorded")),
        withdraw: () => Promise.resolve(ok(true)),
      },
      ...financeSources,
      bills: new TestBills(),
      meters: { read: async ({ from = AT, to = AT }) => ({ rows: [aMeter], from, to, currency: "USD" }) },
      forgetAnswers: () => undefined,
      backups: {
        make: async (folder) =>
          folder.startsWith("/")
            ? ok({ folder, version: "0.0.0", made_at: AT, entries: 1, refusals: 0, files: 4, bytes: 5 })
            : err("Not an absolute path."),
      },
      budgets: {
        stored: this.books.budgets,
        configured: () => this.configuredBudgets,
        timezone: () => "UTC",
        live: () => this.live,
        holds: () => this.holds,
        changed: (definitions) => void this.budgetsTold.push(definitions),
      },
      alerts: {
        stored: this.books.alerts,
        hasWebhook: () => this.hasWebhook,
        resend: (id) => this.books.alerts.resend(id, this.now),
      },
      keys: {
        stored: this.books.keys,
        configured: () => this.configured,
        changed: (delta) => {
          this.deltas.push(delta);
          this.ring.apply(delta);
          return Promise.resolve();
        },
      },
      prices: (query) => {
        note(query);
        if (query.cursor !== undefined) return err({ type: "bad-question", field: "cursor", detail: "Unknown." });
        return ok({ rows: [], book: "r1", quarantined: [], step_rates: [] });
      },
      status: async () => aStatus,
      metrics: async () => this.metrics,
      analytics: { ...this.#analytics(note), ...analytics },
    };
  }

  #analytics(note: (question: unknown) => void): AnalyticsSource {
    return {
      spend: async (query) => {
        note(query);
        return ok(spendOf(query));
      },
      entries: async (query) => {
        note(query);
        return ok({ rows: [anEntry], cursor: "next" });
      },
      tags: async (query) => {
        note(query);
        return ok({ rows: [{ name: query.name ?? "plan", gross_nanos: "7" }], is_cut: false });
      },
      calls: async (query) => {
        note(query);
        return ok({ rows: [aCall] });
      },
      refusedBy: async (question) => {
        note(question);
        return ok(question.value === "ada" ? 2 : 0);
      },
      call: async (id) => (id === aCall.call ? ok({ call: aCall, entries: [anEntry] }) : err({ type: "not-found" })),
      interaction: async (interaction, tenant) => {
        if (interaction === "twice" && tenant === undefined) return err({ type: "ambiguous", tenants: ["a", "b"] });
        if (interaction !== "twice" && interaction !== "once.a:b-c_d") return err({ type: "not-found" });
        const span = { from: AT, to: AT };
        const { gross_nanos, net_nanos, tare_nanos, estimated_nanos, in_doubt_nanos, unpriced } = money;
        const sums = { gross_nanos, net_nanos, tare_nanos, estimated_nanos, in_doubt_nanos, unpriced };
        return ok({
          interaction,
          tenant: tenant ?? "a",
          ...span,
          ...sums,
          calls: [aCall],
          ...nothing,
          entries: [anEntry],
        });
      },
      interactions: async (query) => {
        note(query);
        return ok({ rows: [] });
      },
      unitCosts: async (query) => {
        note(query);
        return ok({ rows: [], is_cut: false, total: unitCosts, per: 1, currency: "USD" });
      },
      latency: async (query) => {
        note(query);
        return ok({ rows: [], is_cut: false });
      },
      errors: async (query) => {
        note(query);
        return ok({ rows: [], is_cut: false });
      },
    };
  }
}

const nothing = { steps: [], outcomes: [] };
const counts = { calls: 0, steps: 0, interactions: 0, users: 0, sessions: 0, outcomes: 0, successes: 0, unpriced: 0 };
const unitCosts = {
  gross_nanos: "0",
  net_nanos: "0",
  tare_nanos: "0",
  estimated_nanos: "0",
  value_nanos: "0",
  margin_nanos: "0",
  valued: 0,
  tokens_in: 0,
  tokens_out: 0,
  ...counts,
};

function spendOf({ by, from, to, tz, cursor }: SpendQuery) {
  const dimensions = Object.fromEntries(by.map((name) => [name, `=${name}`]));
  const next = cursor === undefined ? { cursor: "second" } : {};
  return {
    rows: [{ ...aSpendRow, dimensions }],
    total: money,
    currency: "USD",
    from,
    to,
    tz,
    booked_until: to,
    ...next,
  };
}

function exchange(
  options: { port: number; method: string; path: string; headers: Record<string, string | string[]> },
  bytes: Buffer | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request({ host: "127.0.0.1", agent: false, ...options }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = incoming.headers["content-type"]?.includes("json") === true && text !== "";
        const json: unknown = isJson ? JSON.parse(text) : undefined;
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json });
      });
    });
    sending.on("error", reject);
    sending.end(bytes);
  });
}
