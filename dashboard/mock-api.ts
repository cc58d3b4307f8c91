/**
 * Answers the control API from a made-up ledger, for developing the pages:
 * `node dashboard/mock-api.ts [--port 4001] [--empty] [--broken] [--signed-out] [--real] [--young] [--damaged]`.
 * It also serves the built pages under the same strict policy as the product.
 */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import type { BudgetPage, CreatedKey, Key, Problem } from "#contract";
import { mockAudit, mockTokens } from "./mock/access.ts";
import {
  answerCall,
  answerCalls,
  answerErrors,
  answerInteraction,
  answerLatency,
  answerSpend,
  answerTags,
  readQuestion,
} from "./mock/answers.ts";
import { mockAllocation, mockExplanation, mockFlow, mockStatement } from "./mock/allocations.ts";
import { mockAlerts, mockBudgetDetail, mockBudgets } from "./mock/budgets.ts";
import {
  mockBillRows,
  mockBillTotals,
  mockCommitments,
  mockImports,
  mockReconciliations,
  mockReports,
} from "./mock/bills.ts";
import { mockMargins, mockReturns, mockTargets } from "./mock/economics.ts";
import { mockKeys, mockPrices, mockStatus } from "./mock/inventory.ts";
import { createMockLedger, type MockLedger } from "./mock/ledger.ts";
import { mockMeters } from "./mock/meters.ts";
import { mockSlos } from "./mock/slos.ts";
import { mockInteractions, mockUnits } from "./mock/steps.ts";

export interface MockState {
  readonly now: number;
  readonly ledger: MockLedger;
  readonly isDemo: boolean;
  readonly linesLeftOut: number;
  keys: Key[];
}

interface MockOptions extends Partial<Pick<MockState, "isDemo" | "linesLeftOut">> {
  readonly now: number;
  readonly days: number;
}

export function openMock({ now, days, isDemo = true, linesLeftOut = 0 }: MockOptions): MockState {
  return { now, ledger: createMockLedger({ now, days }), isDemo, linesLeftOut, keys: mockKeys(now) };
}

type Answer = { readonly status: number; readonly body: unknown };

export function answer(state: MockState, { method, url }: { method: string; url: URL }): Answer {
  const path = url.pathname.replace("/api/v1", "");
  if (method !== "GET") return change(state, path);
  const [, list, id, rest] = path.split("/");
  const pairs = url.searchParams;
  return found(
    id === undefined
      ? answerList(state, path, pairs)
      : answerOne(state, { list, id: decodeURIComponent(id), pairs, rest }),
  );
}

interface Asked {
  readonly list: string | undefined;
  readonly id: string;
  readonly rest: string | undefined;
  readonly pairs: URLSearchParams;
}

function answerList(state: MockState, path: string, pairs: URLSearchParams): unknown {
  const { ledger, now } = state;
  const lists: Readonly<Record<string, () => unknown>> = {
    "/status": () => mockStatus(state),
    "/spend": () => ({
      ...answerSpend(ledger, readQuestion(pairs)),
      ...(state.linesLeftOut === 0 ? {} : { lines_left_out: state.linesLeftOut }),
    }),
    "/tags": () => answerTags(ledger, pairs),
    "/latency": () => answerLatency(ledger, readQuestion(pairs)),
    "/errors": () => answerErrors(ledger, readQuestion(pairs)),
    "/calls": () => answerCalls(ledger, pairs),
    "/entries": () => ({ rows: ledger.entries.filter(({ call }) => call === pairs.get("call")).toReversed() }),
    "/interactions": () => mockInteractions(ledger.entries, Number(pairs.get("limit") ?? "50")),
    "/unit-costs": () => mockUnits(ledger.entries, pairs.get("by") === "customer" ? "customer" : undefined),
    "/keys": () => ({ rows: state.keys }),
    "/budgets": () => answerBudgets(state, pairs.get("budget")),
    "/tokens": () => mockTokens(now),
    "/audit": () => mockAudit(now, pairs.get("cursor")),
    "/slos": () => mockSlos(now),
    "/targets": () => mockTargets(now),
    "/meters": () => mockMeters(now),
    "/margins": () => mockMargins(ledger.entries),
    "/returns": () => mockReturns(pairs.get("feature")),
    "/allocations": () => mockAllocation(now, pairs),
    "/money-flow": () => mockFlow(now, pairs.get("month")),
    "/bills": () => mockBillTotals(),
    "/commitments": () => mockCommitments(now),
    "/imports": () => mockImports(now),
    "/reports": () => mockReports(now),
    "/reconciliations": () => mockReconciliations(now, pairs),
    "/alerts": () => ({ rows: mockAlerts(now) }),
    "/prices": () => mockPrices(pairs),
  };
  return lists[path]?.();
}

function answerOne({ ledger, now }: MockState, { list, id, pairs, rest }: Asked): unknown {
  if (list === "allocations") return mockExplanation(now, pairs);
  if (list === "bills") return mockBillRows(now, pairs);
  if (list === "statements") return mockStatement(now, id, rest);
  if (list === "budgets") return mockBudgetDetail(now, id);
  if (list === "calls") return answerCall(ledger, id);
  return list === "interactions" ? answerInteraction(ledger, id) : undefined;
}

function answerBudgets({ now }: MockState, budget: string | null): BudgetPage {
  const rows = mockBudgets(now).filter(({ id }) => budget === null || id === budget);
  return { rows, as_of: new Date(now - 400).toISOString() };
}

function change(state: MockState, path: string): Answer {
  if (path === "/session") return { status: 200, body: { role: "admin", by: "session" } };
  const [, , id, action] = path.split("/");
  const old = state.keys.find((key) => key.id === id) ?? state.keys[0];
  if (old === undefined) return found(undefined);
  if (action === "revoke") {
    const revoked: Key = { ...old, state: "revoked", revoked_at: new Date(state.now).toISOString() };
    state.keys = state.keys.map((key) => (key.id === id ? revoked : key));
    return found(revoked);
  }
  const key: Key = {
    ...old,
    id: `key_new${state.keys.length}`,
    hint: "5e7a",
    created_at: new Date(state.now).toISOString(),
  };
  state.keys = [key, ...state.keys];
  const created: CreatedKey = { key, secret: "tare_sk_4mZk7vT2pQw9sXyB1cDfGhJ8LrN6e5e7a" };
  return { status: 201, body: created };
}

function found(body: unknown): Answer {
  return body === undefined ? problem(404, "not_found", "There is no such thing here.") : { status: 200, body };
}

function problem(status: number, code: string, detail: string): Answer {
  const body: Problem = { type: `/problems/${code}`, title: detail.split(".")[0] ?? code, status, detail, code };
  return { status, body };
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

async function serveFile(path: string, response: ServerResponse): Promise<void> {
  const root = resolve(import.meta.dirname, "../dist/dashboard");
  const name = extname(path) === "" ? "index.html" : normalize(path);
  const bytes = await readFile(join(root, name)).catch(() => undefined);
  const type = types[extname(name)] ?? "text/html; charset=utf-8";
  response.writeHead(bytes === undefined ? 404 : 200, { "content-type": type, "content-security-policy": policy });
  response.end(bytes);
}

async function serve(flags: ReadonlySet<string>, port: number): Promise<void> {
  const days = flags.has("--empty") ? 0 : flags.has("--young") ? 0.025 : 60;
  const ahead = flags.has("--empty") ? 0 : 3_600_000;
  const state = openMock({
    now: Date.now() + ahead,
    days: days + ahead / 86_400_000,
    isDemo: !flags.has("--real"),
    linesLeftOut: flags.has("--damaged") ? 2 : 0,
  });
  const known = (now: number): MockLedger => ({
    entries: state.ledger.entries.filter((entry) => Date.parse(entry.booked_at) <= now),
    refusals: state.ledger.refusals.filter((refusal) => refusal.at <= now),
  });
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (!url.pathname.startsWith("/api/")) return await serveFile(url.pathname, response);
    const isSignIn = url.pathname === "/api/v1/session";
    const isStatus = url.pathname === "/api/v1/status";
    const { status, body } =
      flags.has("--signed-out") && !isSignIn
        ? problem(401, "not_signed_in", "No session. Open the link that tare up prints.")
        : flags.has("--broken") && !isStatus
          ? problem(503, "ledger_busy", "The ledger is being rebuilt. It has loaded 4 of 14 segments.")
          : answer({ ...state, now: Date.now(), ledger: known(Date.now()) }, { method: request.method ?? "GET", url });
    response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" });
    response.end(JSON.stringify(body));
  };
  createServer((request, response) => void respond(request, response)).listen(port, "127.0.0.1", () => {
    console.log(`Mock control API and pages: http://127.0.0.1:${port}/`);
  });
}

if (import.meta.main) {
  const flags = process.argv.slice(2);
  const port = flags.indexOf("--port");
  await serve(new Set(flags), port === -1 ? 4001 : Number(flags[port + 1]));
}
