/** A month of a small company: two providers, a GPU bill, a vector database, people; three teams. Parts add up exactly. */
import type { AllocationAnswer, ExplainedLine, Explanation, MoneyFlow, Statement } from "#contract";
import { monthAt, shiftMonth } from "../address/month.ts";

type View = AllocationAnswer["by"];

interface Part {
  readonly team: string;
  readonly feature: string;
  readonly customer: string;
  readonly layer: string;
  readonly paidTo: string;
  readonly bill?: string;
  readonly nanos: bigint;
}

const DOLLAR = 1_000_000_000n;
const part = (words: string, dollars: number, bill?: string): Part => {
  const [team = "", feature = "", customer = "", layer = "", paidTo = ""] = words.split("|");
  const nanos = BigInt(Math.round(dollars * 1000)) * (DOLLAR / 1000n);
  return { team, feature, customer, layer, paidTo, nanos, ...(bill === undefined ? {} : { bill }) };
};

const parts: readonly Part[] = [
  part("care|support|acme|model answers|claude", 1284.5),
  part("care|support|zen|model answers|openai", 402.2),
  part("care|support|acme|retries and fallbacks|openai", 96.42),
  part("care|support|acme|guardrails and validation|claude", 41.13),
  part("web|search|acme|model answers|openai", 688.907),
  part("web|search|zen|retrieval and embeddings|openai", 121.4),
  part("web|drafts|(none)|model answers|local", 0.012),
  part("data|nightly report|(none)|model answers|openai", 233.1),
  part("data|nightly report|(none)|tools|tools", 18.6),
  part("care|support|acme|GPUs and serving|gpu cloud", 212.4, "gpu"),
  part("web|search|zen|GPUs and serving|gpu cloud", 640.6, "gpu"),
  part("web|drafts|(none)|GPUs and serving|gpu cloud", 347, "gpu"),
  part("web|search|acme|observability and storage|vector store", 180, "vectors"),
  part("care|support|zen|people and engineering|payroll", 1100.333, "people"),
  part("web|search|acme|people and engineering|payroll", 899.667, "people"),
  part("(unallocated)|(unallocated)|(unallocated)|compliance|auditors", 450, "audit"),
];

const bills = [
  { bill: "gpu", name: "8 × H100 · gpu cloud", rule: "GPU fleet", entries: 720 },
  { bill: "vectors", name: "index pods · vector store", rule: "vectors", entries: 30 },
  { bill: "people", name: "platform engineers · payroll", rule: "people", entries: 2 },
  { bill: "audit", name: "yearly audit · auditors", rule: undefined, entries: 1 },
] as const;

function standing(now: number, month: string | null) {
  const current = monthAt(now, "UTC");
  const asked = month ?? current;
  return {
    month: asked,
    currency: "USD",
    state: asked < shiftMonth(current, -1) ? ("closed" as const) : ("open" as const),
    ...(asked < shiftMonth(current, -1) ? { closed_at: `${shiftMonth(asked, 1)}-03T09:00:00Z` } : {}),
    revision: "4f0c2a91bd37",
    booked_until: new Date(now - 1500).toISOString(),
  };
}

function sum(of: readonly Part[]): string {
  return of.reduce((all, { nanos }) => all + nanos, 0n).toString();
}

function viewOf(text: string | null): View {
  return text === "team" || text === "customer" ? text : "feature";
}

export function mockAllocation(now: number, pairs: URLSearchParams): AllocationAnswer {
  const by = viewOf(pairs.get("by"));
  const groups = [...Map.groupBy(parts, (each) => each[by])];
  const shared = parts.filter(({ bill }) => bill !== undefined);
  const left = shared.filter(({ team }) => team === "(unallocated)");
  return {
    ...standing(now, pairs.get("month")),
    by,
    rows: groups.map(([value, own]) => ({
      value,
      total_nanos: sum(own),
      direct_nanos: sum(own.filter(({ bill }) => bill === undefined)),
      shared_nanos: sum(own.filter(({ bill }) => bill !== undefined)),
      corrected_nanos: "0",
      layers: [...Map.groupBy(own, ({ layer }) => layer)].map(([layer, of]) => ({ layer, nanos: sum(of) })),
    })),
    bills: bills.map(({ rule, ...bill }) => {
      const own = shared.filter((each) => each.bill === bill.bill);
      return {
        ...bill,
        provider: own[0]?.paidTo ?? "",
        kind: "bill",
        layer: own[0]?.layer ?? "",
        nanos: sum(own),
        entry: `bill_${bill.bill}`,
        ...(rule === undefined ? {} : { rule }),
        allocated_nanos: rule === undefined ? "0" : sum(own),
        unallocated_nanos: rule === undefined ? sum(own) : "0",
      };
    }),
    billed_nanos: sum(shared),
    allocated_nanos: sum(shared.filter(({ team }) => team !== "(unallocated)")),
    unallocated_nanos: sum(left),
    corrected_nanos: "0",
    total_nanos: sum(parts),
  };
}

export function mockExplanation(now: number, pairs: URLSearchParams): Explanation {
  const by = viewOf(pairs.get("by"));
  const [value, bill] = [pairs.get("value"), pairs.get("bill")];
  const layer = pairs.get("layer");
  const own = parts
    .filter(
      (each) =>
        (value ?? each[by]) === each[by] && (layer ?? each.layer) === each.layer && (bill ?? each.bill) === each.bill,
    )
    .toSorted((one, other) => Number(other.nanos - one.nanos));
  return {
    ...standing(now, pairs.get("month")),
    by,
    ...(value === null ? {} : { value }),
    nanos: sum(own),
    rows: own.map((each) => toLine(each, value === null ? "feature" : by)),
  };
}

function toLine({ bill, layer, nanos, feature, ...each }: Part, by: View): ExplainedLine {
  const line = { layer, nanos: nanos.toString() };
  const known = bills.find((one) => one.bill === bill);
  if (known === undefined) return { ...line, source: "direct", steps: [] };
  const whole = sum(parts.filter((one) => one.bill === bill));
  if (by !== "feature" && feature !== "(unallocated)") {
    const step = {
      rule: "cost of each feature",
      driver: "cost",
      unit: "nanos",
      quantity: "41130000000",
      of: "41130000000",
    } as const;
    const to = `${by}=${each[by]}`;
    return {
      ...line,
      source: "carried",
      by: "feature",
      value: feature,
      name: `feature ${feature}`,
      whole_nanos: nanos.toString(),
      steps: [{ ...step, to }],
    };
  }
  const named = { ...line, source: "bill" as const, bill: known.bill, name: known.name, whole_nanos: whole };
  if (known.rule === undefined) return { ...named, unallocated: "no-rule", steps: [] };
  const share = {
    rule: known.rule,
    driver: "tokens of provider local",
    unit: "count" as const,
    to: `feature=${feature}`,
  };
  const [quantity, of] = [(nanos / 1_000_000n).toString(), (BigInt(whole) / 1_000_000n).toString()];
  return { ...named, entry: `bill_${known.bill}`, steps: [{ ...share, quantity, of }] };
}

export function mockStatement(now: number, team: string, month: string | undefined): Statement {
  const own = parts.filter((each) => each.team === team);
  const total = BigInt(sum(own));
  const shared = BigInt(sum(own.filter(({ bill }) => bill !== undefined)));
  const before = (total * 4n) / 5n;
  const rest = total - before;
  const reasons = [
    ["volume", (rest * 3n) / 4n],
    ["mix", rest / 10n],
    ["efficiency", -(rest / 3n)],
    ["price", -(rest / 5n)],
    ["work", 0n],
  ] as const;
  const left = reasons.reduce((all, [, nanos]) => all - nanos, rest);
  const at = standing(now, month ?? null);
  return {
    ...at,
    team,
    total_nanos: total.toString(),
    before_nanos: before.toString(),
    before: shiftMonth(at.month, -1),
    layers: [...Map.groupBy(own, ({ layer }) => layer)].map(([layer, of]) => {
      const direct = sum(of.filter(({ bill }) => bill === undefined));
      const all = BigInt(sum(of));
      return {
        layer,
        direct_nanos: direct,
        shared_nanos: (all - BigInt(direct)).toString(),
        corrected_nanos: "0",
        total_nanos: all.toString(),
        before_nanos: ((all * 4n) / 5n).toString(),
      };
    }),
    bridge: [
      ...reasons.map(([name, nanos]) => ({ part: name, nanos: nanos.toString() })),
      { part: "shared", nanos: left.toString() },
    ],
    drivers: { calls: "48211", tokens: "61204551", calls_before: "39870", tokens_before: "55019004" },
    trend: [
      ...[6n, 5n, 7n, 6n].map((tenths, index) => ({
        month: shiftMonth(at.month, index - 5),
        total_nanos: (((total - shared) * tenths) / 8n).toString(),
        state: "closed" as const,
      })),
      { month: shiftMonth(at.month, -1), total_nanos: before.toString(), state: "open" as const },
      { month: at.month, total_nanos: total.toString(), state: at.state },
    ],
  };
}

export function mockFlow(now: number, month: string | null): MoneyFlow {
  const links = new Map<string, MoneyFlow["links"][number]>();
  const add = (from: readonly [string, string], to: readonly [string, string], nanos: bigint) => {
    const key = JSON.stringify([from, to]);
    const known = links.get(key);
    const all = (BigInt(known?.nanos ?? "0") + nanos).toString();
    links.set(key, { from: end(from), to: end(to), nanos: all });
  };
  for (const { paidTo, layer, feature, nanos } of parts) {
    const solved = feature === "support" ? (nanos * 3n) / 5n : 0n;
    add(["source", paidTo], ["layer", layer], nanos);
    add(["layer", layer], ["feature", feature], nanos);
    if (solved > 0n) add(["feature", feature], ["outcome", "resolved"], solved);
    add(["feature", feature], ["outcome", "no outcome"], nanos - solved);
  }
  return { ...standing(now, month), total_nanos: sum(parts), links: [...links.values()] };
}

function end([stage, name]: readonly [string, string]): MoneyFlow["links"][number]["from"] {
  return { stage: stage === "source" || stage === "layer" || stage === "feature" ? stage : "outcome", name };
}
