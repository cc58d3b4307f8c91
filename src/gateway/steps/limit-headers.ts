/** What is left of the limits that hold a call, told in its answer's headers. */
import { type FormatName } from "#inference";
import { formatMoney, type Instant, money } from "#units";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";

interface Told {
  /** Flat. */
  readonly headers: readonly string[];
  /** Among them are limits on requests or tokens: the provider's own would be taken for ours. */
  readonly hasCounts: boolean;
}

const NOTHING: Told = { headers: [], hasCounts: false };
const counted = ["requests", "tokens"] as const;

/** The tightest money budget in headers of our own, limits on requests and tokens as clients of the protocol know them. */
export function limitHeaders({ budgets, world }: Surroundings, { hold }: DispatchedAttempt, format: FormatName): Told {
  if (budgets === undefined || hold === undefined) return NOTHING;
  const rooms = budgets.headroom(hold);
  const headers: string[] = [];
  if (rooms.USD !== undefined) {
    const { budget, left, resetAt } = rooms.USD;
    headers.push("x-tare-budget", sendable(budget), "x-tare-budget-left", formatMoney(money(left)));
    if (resetAt < NEVER) headers.push("x-tare-budget-reset", new Date(resetAt).toISOString());
  }
  const ours: string[] = [];
  for (const unit of counted) {
    const room = rooms[unit];
    if (room === undefined) continue;
    const { limit, left, resetAt } = room;
    const told = [String(limit), String(left), resetOf(format, resetAt, world.clock.now())];
    for (const [place, fact] of facts.entries()) ours.push(nameOf(format, unit, fact), told[place] ?? "");
  }
  headers.push(...ours);
  return { headers, hasCounts: ours.length > 0 };
}

// The end of what never starts anew is the last instant that a date can hold.
const NEVER = 8.64e15;
const facts = ["limit", "remaining", "reset"] as const;

function nameOf(format: FormatName, unit: (typeof counted)[number], fact: (typeof facts)[number]): string {
  return format === "anthropic" ? `anthropic-ratelimit-${unit}-${fact}` : `x-ratelimit-${fact}-${unit}`;
}

/** Anthropic tells an instant, OpenAI a duration. */
function resetOf(format: FormatName, resetAt: Instant, now: Instant): string {
  if (format === "anthropic") return new Date(Math.min(resetAt, NEVER)).toISOString();
  return `${Math.max(0, Math.ceil((resetAt - now) / 1000))}s`;
}

/** Names of budgets may be in any script, and a header's value is bytes. */
function sendable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]+/g, encodeURIComponent);
}
