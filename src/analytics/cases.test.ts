/**
 * Question tests as aligned text. Lines that load: `attempt NAME field=value …`, `doubt`, `correct`, `refuse`. Then
 * `ask spend|errors by=a,b field=value …` with the expected table below it, indented; columns end where the head says.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Analytics } from "#analytics";
import { type AttemptDispatched, type AttemptSettled, type CallRefused, decodeEvent, encodeEvent } from "#events";
import { type Cost } from "#inference";
import { type Entry, openDuckDbStore } from "#ledger";
import { assert } from "#std";
import { instant, money } from "#units";
import { dispatched, refused, settled } from "../events/event-examples.ts";
import { entryInDoubt, entryOfCorrection, entryOfSettled } from "../ledger/make-entry.ts";
import { foldSpend } from "./naive-fold.ts";
import { type SpendQuestion } from "./question.ts";

const folder = new URL("cases/", import.meta.url);

for (const file of readdirSync(folder)) {
  describe(`the questions of ${file}`, () => {
    for (const step of readCase(readFileSync(new URL(file, folder), "utf8")))
      it(`at line ${step.line} are answered as expected`, () => check(step));
  });
}

async function check(step: CaseStep): Promise<void> {
  const { kind, question, head, rows } = step;
  const answered = await answerOf(step);
  expect(answered.map((row) => head.map((name) => cell(row, name)))).toEqual(rows);
  if (kind !== "spend") return;
  const folded = foldSpend(step, question).rows.map((row) => head.map((name) => cell(row, name)).join(" | "));
  expect(folded.toSorted()).toEqual(rows.map((row) => row.join(" | ")).toSorted());
}

interface Answer {
  readonly dimensions: Readonly<Record<string, string>>;
}

async function answerOf({ kind, question, entries, refusals }: CaseStep): Promise<readonly Answer[]> {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  const stretches = [{ segment: "case", from: 0, to: 1, isDone: true, corrupted: 0 }];
  await opened.value.append({ stretches, entries, refusals });
  const analytics = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
  const answer = kind === "spend" ? await analytics.spend(question) : await analytics.errors(question);
  opened.value.close();
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value.rows;
}

function cell({ dimensions, ...row }: Answer, name: string): string {
  const values = new Map<string, unknown>(Object.entries(row));
  return String(dimensions[name] ?? values.get(`${name}_nanos`) ?? values.get(name));
}

interface CaseStep {
  readonly line: number;
  readonly entries: readonly Entry[];
  readonly refusals: readonly CallRefused[];
  readonly kind: string;
  readonly question: SpendQuestion;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Fields = ReadonlyMap<string, readonly string[]>;

/** Each question with everything that is loaded before it. */
function readCase(text: string): readonly CaseStep[] {
  const entries: Entry[] = [];
  const refusals: CallRefused[] = [];
  const steps: CaseStep[] = [];
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("#") || line.startsWith("  ") || line.trim() === "") continue;
    const [verb = "", name = "", ...rest] = line.trim().split(/\s+/);
    const fields = fieldsOf(rest);
    if (verb === "ask") {
      const table = lines.slice(
        index + 1,
        lines.findIndex((later, at) => at > index && !later.startsWith("  ")),
      );
      const [head = "", ...rows] = table;
      const question = questionOf(fields);
      steps.push({
        line: index + 1,
        entries: [...entries],
        refusals: [...refusals],
        kind: name,
        question,
        ...cellsOf(head, rows),
      });
    } else if (verb === "refuse") refusals.push(refusalOf(name, fields));
    else entries.push(entryOf(verb, name, fields));
  }
  return steps;
}

function fieldsOf(parts: readonly string[]): Fields {
  const fields = new Map<string, string[]>();
  for (const part of parts) {
    const at = part.indexOf("=");
    const name = part.slice(0, at);
    fields.set(name, [...(fields.get(name) ?? []), part.slice(at + 1)]);
  }
  return fields;
}

function cellsOf(head: string, rows: readonly string[]) {
  const starts = [...head.matchAll(/\S+/g)].map(({ index }) => index);
  const cells = (line: string) => starts.map((start, at) => line.slice(start, starts[at + 1]).trim());
  return { head: cells(head), rows: rows.map(cells) };
}

const questionFields = ["by", "from", "to", "tz"];

function questionOf(fields: Fields): SpendQuestion {
  const [by = "", from = "", to = "", tz = "UTC"] = questionFields.map((name) => fields.get(name)?.[0]);
  const filter = Object.fromEntries([...fields].filter(([name]) => !questionFields.includes(name)));
  return { by: by === "" ? [] : by.split(","), from, to, tz, filter };
}

function entryOf(verb: string, name: string, fields: Fields): Entry {
  const field = (key: string) => fields.get(key)?.[0];
  const at = instant(Date.parse(field("at") ?? ""));
  const start = dispatchedOf(name, fields);
  const end = settledOf(name, at, fields);
  if (verb === "attempt") return entryOfSettled(start, end);
  if (verb === "doubt") return entryInDoubt(start, instant(Date.parse(field("sealed") ?? "")));
  assert(verb === "correct", `a case knows no ${verb}`);
  const first = instant(Date.parse(field("incurred") ?? "2026-11-21T10:00:00Z"));
  const before = { cost: costOf(field("was") ?? ""), residual: money(BigInt(field("residual") ?? "0")) };
  const settlement = { ...end, at, residual: money(0n), callEnd: false };
  return entryOfCorrection({
    type: "attempt-corrected",
    dispatched: { ...start, at: first },
    before,
    settlement,
    reason: "read",
  });
}

function settledOf(name: string, at: number, fields: Fields): AttemptSettled {
  const field = (key: string) => fields.get(key)?.[0];
  return checked(
    settled(name, {
      at: instant(at + 800),
      state: word<AttemptSettled["state"]>(field("state"), "answered"),
      delivered: word<AttemptSettled["delivered"]>(field("delivered"), "full"),
      error: field("error"),
      cost: costOf(field("cost") ?? "priced:0"),
      residual: money(BigInt(field("residual") ?? "0")),
      callEnd: field("end") !== "no",
    }),
  );
}

function dispatchedOf(name: string, fields: Fields): AttemptDispatched {
  const field = (key: string) => fields.get(key)?.[0];
  const base = dispatched(name);
  const tags = [...fields]
    .filter(([key]) => key.startsWith("tag."))
    .map(([key, [value = ""]]) => [key.slice(4), value]);
  return checked({
    ...base,
    at: instant(Date.parse(field("at") ?? "")),
    call: `call_${field("call") ?? name}`,
    number: Number(field("number") ?? "1"),
    kind: word(field("kind"), base.kind),
    purpose: word(field("purpose"), base.purpose),
    attribution: {
      ...base.attribution,
      feature: field("feature") ?? base.attribution.feature,
      tags: Object.fromEntries(tags),
    },
    bound: { type: "proven", nanos: money(BigInt(field("bound") ?? "5000")) },
  });
}

function refusalOf(name: string, fields: Fields): CallRefused {
  const field = (key: string) => fields.get(key)?.[0];
  return refused(name, { at: instant(Date.parse(field("at") ?? "")), code: field("code") ?? "unknown_model" });
}

function costOf(text: string): Cost {
  const [type = "", rest = ""] = text.split(":");
  if (type === "unpriced") return { type, reason: rest };
  const nanos = money(BigInt(rest));
  return type === "estimated" ? { type, nanos, basis: "relayed" } : { type: "priced", nanos };
}

/** A word as it stands in the case; `checked` tells when it is none of its kind. */
function word<Name extends string>(text: string | undefined, otherwise: Name): Name {
  return text === undefined ? otherwise : (text as Name);
}

function checked<Event extends AttemptDispatched | AttemptSettled>(event: Event): Event {
  const decoded = decodeEvent(encodeEvent(event));
  assert(decoded.ok, `the case makes a good event: ${decoded.ok ? "" : JSON.stringify(decoded.error)}`);
  return event;
}
