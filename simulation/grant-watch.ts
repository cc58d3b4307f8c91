/** Reads what is asked and granted as it passes by, and says what no authority may lend. */
import { type AccountStatus, type ToAuthority, type ToHolder } from "#budget";

type Ask = Extract<ToAuthority, { type: "ask" }>;
type Report = ToAuthority["reports"][number];
type Grants = Extract<ToHolder, { type: "grant" }>;
type Grant = Grants["grants"][number];

interface Lent {
  birth: number;
  granted: bigint;
}

export class GrantWatch {
  readonly #asks = new Map<string, Ask>();
  readonly #reports = new Map<string, Report>();
  /** The most that was granted to each holder and account. */
  readonly #lent = new Map<string, Lent>();
  #grantedNow = new Set<string>();

  asked(messages: readonly ToAuthority[]): void {
    for (const message of messages) {
      const { holder, reports } = message;
      if (message.type === "ask") this.#asks.set(nameOf(holder, message.name), message);
      for (const report of reports) {
        const key = `${holder} ${report.account.key}`;
        const known = this.#reports.get(key);
        if (known === undefined || known.sequence < report.sequence) this.#reports.set(key, report);
      }
    }
  }

  hear(holder: string, message: ToHolder): void {
    if (message.type !== "grant") return;
    for (const grant of message.grants) this.#grant(holder, message, grant);
  }

  /** Section 6: whenever something is granted, reported + unreported part of slices is at most the limit. */
  check(statusOf: () => readonly AccountStatus[]): void {
    if (this.#grantedNow.size === 0) return;
    for (const { account, limit, spent, held, inDoubt, unreported } of statusOf()) {
      if (!this.#grantedNow.has(account.key)) continue;
      const charged = spent + held + inDoubt + unreported;
      if (charged > limit) throw new Error(`${account.key}: granted up to ${charged} of ${limit}`);
    }
    this.#grantedNow = new Set();
  }

  #grant(holder: string, { ask: name }: Grants, { account, birth, granted }: Grant): void {
    const key = `${holder} ${account.key}`;
    const told = this.#reports.get(key);
    if (told !== undefined && birth < told.birth) throw new Error(`${key}: lent to a life of it that is over`);
    const before = this.#lent.get(key);
    const known = before?.birth === birth ? before.granted : 0n;
    if (granted <= known) return;
    this.#grantedNow.add(account.key);
    this.#lent.set(key, { birth, granted });
    const ask = this.#asks.get(nameOf(holder, name));
    const amount = ask?.needs.find((need) => need.account.key === account.key)?.amount;
    if (ask === undefined || amount === undefined) return;
    const most = mostFor({ urgency: ask.urgency, amount }, wordsOf(told, { birth, known }));
    if (granted - known > most)
      throw new Error(`${key}: ${granted - known} was lent for ${amount}, and ${most} may be`);
  }
}

/** What is lacking, and as much again; ahead of need as much as was asked for. Making good what was overrun lends nothing. */
function mostFor(
  { urgency, amount }: { readonly urgency: Ask["urgency"]; readonly amount: bigint },
  { room, deficit }: { readonly room: bigint; readonly deficit: bigint },
): bigint {
  const lacking = amount > room ? amount - room : 0n;
  return (urgency === "now" ? 2n * lacking : amount) + deficit;
}

/** What the holder may still admit and what it has used beyond its slice, by its own last words. */
function wordsOf(
  report: Report | undefined,
  { birth, known }: { readonly birth: number; readonly known: bigint },
): { readonly room: bigint; readonly deficit: bigint } {
  if (report === undefined || report.birth !== birth || report.isClosed) return { room: 0n, deficit: 0n };
  const used = report.returned + report.spent + report.held + report.inDoubt;
  const room = report.granted - used;
  const deficit = used - known;
  return { room: room > 0n ? room : 0n, deficit: deficit > 0n ? deficit : 0n };
}

function nameOf(holder: string, { ticket, number }: Ask["name"]): string {
  return `${holder} ${ticket} ${number}`;
}
