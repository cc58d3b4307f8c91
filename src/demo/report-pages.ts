/** What simulated usage and cost reports have in common: days, pages, who may read them, and a credit. */
import { type Usage, type UsageClass } from "#inference";
import { type Money, money } from "#units";
import { addUsage, type DayUse } from "./invoice.ts";
import { complain, type ProviderCall } from "./protocol.ts";

const DAY_MS = 86_400_000;
const DAYS_MAX = 366;
const BUCKETS = 7;
const BUCKETS_MAX = 31;

export interface ReportedDay {
  readonly fromMs: number;
  readonly toMs: number;
  readonly uses: readonly DayUse[];
}

interface Asked {
  readonly credential: string | undefined;
  /** Milliseconds; undefined where the question does not say. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** Days of the question in pages of `limit`, each day with its uses; or a complaint that was sent, and undefined. */
export function daysAsked(
  call: ProviderCall,
  { credential, fromMs, toMs }: Asked,
): { readonly days: readonly ReportedDay[]; readonly next: string | null } | undefined {
  // As with the real ones, keys that models are called with may not read them.
  if (credential?.includes("admin") !== true) {
    complain(call, { type: "authentication" });
    return undefined;
  }
  if (fromMs === undefined || !(fromMs >= 0)) {
    complain(call, { type: "invalid-request", field: "start", detail: "Say from when on." });
    return undefined;
  }
  const days = daysWithin(call, { fromMs, toMs: Math.min(call.at + 1, toMs ?? call.at + 1) });
  const [, place = "0"] = /^page_(\d{1,4})$/.exec(call.query.get("page") ?? "") ?? [];
  const last = Number(place) + Math.min(BUCKETS_MAX, Number(call.query.get("limit") ?? BUCKETS));
  return { days: days.slice(Number(place), last), next: last < days.length ? `page_${last}` : null };
}

function daysWithin(
  { provider: { invoice } }: ProviderCall,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly ReportedDay[] {
  const byDay = Map.groupBy(invoice.days(), ({ dayMs }) => dayMs);
  const days: ReportedDay[] = [];
  for (let at = Math.floor(fromMs / DAY_MS) * DAY_MS; at < toMs && days.length < DAYS_MAX; at += DAY_MS)
    days.push({ fromMs: at, toMs: at + DAY_MS, uses: byDay.get(at) ?? [] });
  return days;
}

export function sendPage(call: ProviderCall, page: object): void {
  const headers = [...call.provider.protocol.answerHeaders(call), "content-type", "application/json"];
  call.reply.send(200, headers, JSON.stringify(page));
}

/** Uses that agree in what the report is grouped by, added up. */
export function grouped<Group extends object>(
  uses: readonly DayUse[],
  groupOf: (use: DayUse) => Group,
): readonly { readonly group: Group; readonly lines: number; readonly quantities: Usage }[] {
  const groups = [...Map.groupBy(uses, (use) => JSON.stringify(groupOf(use))).values()];
  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [
      {
        group: groupOf(first),
        lines: group.reduce((sum, { lines }) => sum + lines, 0),
        quantities: group.reduce((sum: Usage, { quantities }) => addUsage(sum, quantities), {}),
      },
    ];
  });
}

export function sumOf(quantities: Usage, ...names: readonly UsageClass[]): number {
  return names.reduce((sum, name) => sum + (quantities[name] ?? 0), 0);
}

/** Each day that has uses has this off: reports of real providers have lines that no quantity stands behind. */
export const dailyCredit: Money = money(-50_000_000n);
