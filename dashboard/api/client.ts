/** The control API, typed by its contract. Every method rejects with `ProblemError` and nothing else. */
import type {
  Alert,
  AlertPage,
  AllocationAnswer,
  AuditPage,
  BillImportPage,
  BillRows,
  BillTotals,
  BudgetDetail,
  BudgetPage,
  CallDetail,
  CallPage,
  Commitments,
  CreatedKey,
  CreatedToken,
  ErrorRows,
  Explanation,
  EntryPage,
  InteractionDetail,
  InteractionPage,
  Key,
  KeyPage,
  KeptReport,
  KeptReports,
  LatencyRows,
  MarginRows,
  MeterPage,
  MoneyFlow,
  NewBudget,
  NewKey,
  NewToken,
  PriceRows,
  Problem,
  Reconciliations,
  ReturnRows,
  SetBudget,
  SloPage,
  SpendAnswer,
  Statement,
  Status,
  TagRows,
  TargetPage,
  TokenPage,
  UnitRows,
} from "#contract";
import { filterNames, type Filters } from "../address/address.ts";
import { ProblemError, reasonOf } from "./problem-error.ts";

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface GroupedQuestion extends Span {
  readonly by: readonly string[];
  readonly timezone: string;
  readonly filters: Filters;
  /** Only `spend` is paged. */
  readonly limit?: number;
  /** Entries of this kind alone. */
  readonly kind?: "cache";
  /** Of unit costs. */
  readonly sort?: "unpriced";
}

export interface TagQuestion extends Span {
  readonly filters: Filters;
  /** Of which tag the values; without it the names of all. */
  readonly name?: string;
  /** Only those with this in them. */
  readonly find?: string;
  readonly limit: number;
}

export interface CallQuestion extends Span {
  readonly filters: Filters;
  readonly state?: string | undefined;
  /** Of a refusal, or of the attempt that ended the call. */
  readonly code?: string | undefined;
  /** Refused by this budget, and of this value of it. */
  readonly budget?: string | undefined;
  readonly budget_value?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface InteractionQuestion extends Span {
  readonly filters: Filters;
  readonly sort: string;
  /** How its id begins. */
  readonly id?: string | undefined;
  readonly outcome?: string | undefined;
  readonly state?: string | undefined;
  readonly code?: string | undefined;
  readonly status?: string | undefined;
  readonly tenant?: string | undefined;
  readonly cost?: string | undefined;
  readonly min_value_nanos?: string | undefined;
  readonly max_value_nanos?: string | undefined;
  readonly min_nanos?: string | undefined;
  readonly max_nanos?: string | undefined;
  readonly min_ms?: string | undefined;
  readonly max_ms?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface PriceQuestion {
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly limit?: string | undefined;
  readonly cursor?: string | undefined;
}

export interface BudgetQuestion {
  readonly by: "account" | "budget";
  readonly budget?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface ExplainQuestion {
  readonly month: string;
  readonly by: string;
  /** Without it, where `bill` went. */
  readonly value?: string | undefined;
  readonly layer?: string | undefined;
  readonly bill?: string | undefined;
}

export interface BillRowQuestion {
  readonly month: string;
  readonly service: string;
  readonly provider?: string | undefined;
  readonly cursor?: string | undefined;
}

interface AuditQuestion {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export type Client = ReturnType<typeof createClient>;
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export function createClient(fetch: Fetch) {
  const ask = <Answer>(path: string, signal?: AbortSignal) =>
    exchange<Answer>(fetch, { method: "GET", path, ...(signal === undefined ? {} : { signal }) });
  const tell = <Answer>(path: string, body: unknown) => exchange<Answer>(fetch, { method: "POST", path, body });
  const id = encodeURIComponent;
  return {
    status: (signal?: AbortSignal) => soon((until) => ask<Status>("/status", until), signal),
    spend: (question: GroupedQuestion, signal?: AbortSignal) =>
      ask<SpendAnswer>(`/spend?${groupedPairs(question)}`, signal),
    tags: (question: TagQuestion, signal?: AbortSignal) => ask<TagRows>(`/tags?${tagPairs(question)}`, signal),
    latency: (question: GroupedQuestion, signal?: AbortSignal) =>
      ask<LatencyRows>(`/latency?${groupedPairs(question)}`, signal),
    errors: (question: GroupedQuestion, signal?: AbortSignal) =>
      ask<ErrorRows>(`/errors?${groupedPairs(question)}`, signal),
    calls: (question: CallQuestion, signal?: AbortSignal) => ask<CallPage>(`/calls?${callPairs(question)}`, signal),
    call: (call: string, signal?: AbortSignal) => ask<CallDetail>(`/calls/${id(call)}`, signal),
    ...interactionQuestions(ask),
    budgets: (question: BudgetQuestion, signal?: AbortSignal) =>
      ask<BudgetPage>(`/budgets?${definedPairs({ ...question, limit: question.limit.toString() })}`, signal),
    budget: (budget: string, values: string | undefined, signal?: AbortSignal) =>
      ask<BudgetDetail>(`/budgets/${id(budget)}${values === undefined ? "" : `?values=${id(values)}`}`, signal),
    setBudget: (budget: NewBudget) => exchange<SetBudget>(fetch, { method: "PUT", path: "/budgets", body: budget }),
    allocation: (question: { readonly month: string; readonly by: string }, signal?: AbortSignal) =>
      ask<AllocationAnswer>(`/allocations?${definedPairs(question)}`, signal),
    explanation: (question: ExplainQuestion, signal?: AbortSignal) =>
      ask<Explanation>(`/allocations/explain?${definedPairs({ ...question, limit: "200" })}`, signal),
    statement: ({ team, month }: { readonly team: string; readonly month: string }, signal?: AbortSignal) =>
      ask<Statement>(`/statements/${id(team)}/${month}`, signal),
    moneyFlow: (month: string, signal?: AbortSignal) => ask<MoneyFlow>(`/money-flow?month=${month}`, signal),
    ...billQuestions(ask, tell),
    slos: (signal?: AbortSignal) => ask<SloPage>("/slos", signal),
    targets: (signal?: AbortSignal) => ask<TargetPage>("/targets", signal),
    margins: ({ filters, ...span }: Pick<GroupedQuestion, "from" | "to" | "filters">, signal?: AbortSignal) =>
      ask<MarginRows>(`/margins?${addFilters(spanPairs(span), filters)}&limit=500`, signal),
    returns: ({ feature, ...span }: Span & { readonly feature: string }, signal?: AbortSignal) =>
      ask<ReturnRows>(`/returns?${spanPairs(span)}&feature=${id(feature)}`, signal),
    meters: (span: Span, signal?: AbortSignal) => ask<MeterPage>(`/meters?${spanPairs(span)}`, signal),
    alerts: (limit: number, signal?: AbortSignal) => ask<AlertPage>(`/alerts?limit=${limit}`, signal),
    resendAlert: (alert: string) => tell<Alert>(`/alerts/${id(alert)}/resend`, {}),
    prices: (question: PriceQuestion, signal?: AbortSignal) =>
      ask<PriceRows>(`/prices?${definedPairs({ ...question })}`, signal),
    keys: (cursor: string | undefined, signal?: AbortSignal) =>
      ask<KeyPage>(cursor === undefined ? "/keys" : `/keys?cursor=${id(cursor)}`, signal),
    createKey: (key: NewKey) => tell<CreatedKey>("/keys", key),
    rotateKey: (key: string, overlapSeconds: number) =>
      tell<CreatedKey>(`/keys/${id(key)}/rotate`, { overlap_seconds: overlapSeconds }),
    revokeKey: (key: string) => tell<Key>(`/keys/${id(key)}/revoke`, {}),
    tokens: (cursor: string | undefined, signal?: AbortSignal) =>
      ask<TokenPage>(`/tokens?${definedPairs({ cursor })}`, signal),
    createToken: (token: NewToken) => tell<CreatedToken>("/tokens", token),
    endToken: (token: string) => exchange<unknown>(fetch, { method: "DELETE", path: `/tokens/${id(token)}` }),
    audit: ({ limit, cursor }: AuditQuestion, signal?: AbortSignal) =>
      ask<AuditPage>(`/audit?${definedPairs({ limit: limit.toString(), cursor })}`, signal),
    signIn: (token: string) => tell<unknown>("/session", { token }),
    signOut: () => exchange<unknown>(fetch, { method: "DELETE", path: "/session" }),
  };
}

/** After so long without an answer somebody wants to know. */
export const PATIENCE_MS = 10_000;

/**
 * Gives up waiting with the problem `slow`: for the one question that is cheap and that everything else waits for. A server
 * that takes a connection and says nothing would be waited for without end.
 */
async function soon<Answer>(ask: (signal: AbortSignal) => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    return await ask(signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]));
  } catch (failure) {
    if (patience.signal.aborted) throw new ProblemError("slow");
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

type Ask = <Answer>(path: string, signal?: AbortSignal) => Promise<Answer>;
type Tell = <Answer>(path: string, body: unknown) => Promise<Answer>;

/** `tenant` where several have interactions of this id. */
export interface InteractionName {
  readonly interaction: string;
  readonly tenant: string | undefined;
}

export interface InteractionStep extends InteractionName {
  readonly call: string;
}

function interactionQuestions(ask: Ask) {
  const id = encodeURIComponent;
  return {
    interactions: (question: InteractionQuestion, signal?: AbortSignal) =>
      ask<InteractionPage>(`/interactions?${interactionPairs(question)}`, signal),
    unitCosts: (question: GroupedQuestion, signal?: AbortSignal) =>
      ask<UnitRows>(`/unit-costs?${groupedPairs(question)}`, signal),
    /** Without its entries, of which each step that is opened asks its own. */
    interaction: ({ interaction, tenant }: InteractionName, signal?: AbortSignal) =>
      ask<InteractionDetail>(`/interactions/${id(interaction)}?${definedPairs({ entries: "none", tenant })}`, signal),
    /** The newest of its entries: what they are attributed to, its steps do not say. */
    entriesOfInteraction: (name: InteractionName, signal?: AbortSignal) =>
      ask<EntryPage>(`/entries?${definedPairs({ ...name, limit: "100" })}`, signal),
    entriesOfStep: (step: InteractionStep, signal?: AbortSignal) =>
      ask<EntryPage>(`/entries?${definedPairs({ ...step })}`, signal),
  };
}

function billQuestions(ask: Ask, tell: Tell) {
  return {
    billTotals: (month: string, signal?: AbortSignal) =>
      ask<BillTotals>(`/bills?by=provider,service,layer,source&month=${month}`, signal),
    billRows: (question: BillRowQuestion, signal?: AbortSignal) =>
      ask<BillRows>(`/bills/rows?${definedPairs({ ...question })}`, signal),
    commitments: (signal?: AbortSignal) => ask<Commitments>("/commitments", signal),
    imports: (cursor: string | undefined, signal?: AbortSignal) =>
      ask<BillImportPage>(`/imports?${definedPairs({ cursor })}`, signal),
    reconciliations: (range: { readonly from: string; readonly to: string }, signal?: AbortSignal) =>
      ask<Reconciliations>(`/reconciliations?${definedPairs(range)}`, signal),
    reports: (signal?: AbortSignal) => ask<KeptReports>("/reports", signal),
    fetchReport: (provider: string, range: { readonly from?: string; readonly to?: string }) =>
      tell<KeptReport>(`/reports/${encodeURIComponent(provider)}/fetch`, range),
  };
}

interface Exchange {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

async function exchange<Answer>(fetch: Fetch, { method, path, body, signal }: Exchange): Promise<Answer> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: "same-origin",
    // None of its own for a question: a browser that asked it early gives its answer only to the very same one.
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      // A session changes nothing without it: no form and no page of another site can send it.
      ...(method === "GET" ? {} : { "x-tare-session": "1" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((failure: unknown) => {
    // The query cache must see its own abort, or it would take a cancelled question for an unreachable server.
    if (signal?.aborted === true) throw failure;
    throw new ProblemError("unreachable");
  });
  if (response.ok) return readAnswer<Answer>(response);
  throw new ProblemError(reasonOf(response.status), await readProblem(response));
}

async function readAnswer<Answer>(response: Response): Promise<Answer> {
  const text = await response.text().catch(() => {
    throw new ProblemError("unreachable");
  });
  try {
    return JSON.parse(text === "" ? "null" : text);
  } catch {
    throw new ProblemError("unreadable");
  }
}

async function readProblem(response: Response): Promise<Problem | undefined> {
  if (response.headers.get("content-type")?.includes("json") !== true) return undefined;
  try {
    const problem: Problem = JSON.parse(await response.text());
    return typeof problem.code === "string" && typeof problem.title === "string" ? problem : undefined;
  } catch {
    return undefined;
  }
}

function groupedPairs({ by, from, to, timezone, filters, limit, kind, sort }: GroupedQuestion): string {
  const pairs = spanPairs({ from, to });
  if (by.length > 0) pairs.set("by", by.join(","));
  pairs.set("tz", timezone);
  if (limit !== undefined) pairs.set("limit", limit.toString());
  if (kind !== undefined) pairs.set("kind", kind);
  if (sort !== undefined) pairs.set("sort", sort);
  return addFilters(pairs, filters).toString();
}

function callPairs({ from, to, filters, limit, ...asked }: CallQuestion): string {
  const pairs = new URLSearchParams([
    ...spanPairs({ from, to }),
    ...new URLSearchParams(definedPairs({ ...asked, limit: limit.toString() })),
  ]);
  return addFilters(pairs, filters).toString();
}

function interactionPairs({ from, to, filters, limit, ...asked }: InteractionQuestion): string {
  const pairs = new URLSearchParams([
    ...spanPairs({ from, to }),
    ...new URLSearchParams(definedPairs({ ...asked, limit: limit.toString() })),
  ]);
  return addFilters(pairs, filters).toString();
}

function tagPairs({ from, to, filters, limit, ...asked }: TagQuestion): string {
  const pairs = new URLSearchParams([
    ...spanPairs({ from, to }),
    ...new URLSearchParams(definedPairs({ ...asked, limit: limit.toString() })),
  ]);
  return addFilters(pairs, filters).toString();
}

function definedPairs(question: Readonly<Record<string, string | undefined>>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(question)) if (value !== undefined && value !== "") pairs.set(name, value);
  return pairs.toString();
}

function spanPairs({ from, to }: Span): URLSearchParams {
  return new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
}

function addFilters(pairs: URLSearchParams, filters: Filters): URLSearchParams {
  for (const name of filterNames(filters)) for (const value of filters[name] ?? []) pairs.append(name, value);
  return pairs;
}
