import { basename } from "node:path";
import { type Metric } from "#control";
import { type Status } from "#contract";
import { type EventProblem } from "#events";
import { type LedgerProgress } from "#ledger";
import { unreachable } from "#std";

type Held = NonNullable<Status["journal"]["held"]>[number];

/** Each names a file; more at once are one cause, and the log has them all. */
const SHOWN_MAX = 20;

/** Segments that the ledger cannot read on, each with the byte where it stands. Troubles of the store are none. */
export function heldSegments(problems: LedgerProgress["problems"]): readonly Held[] {
  return problems.flatMap((problem) => toHeld(problem) ?? []).slice(0, SHOWN_MAX);
}

function toHeld(problem: LedgerProgress["problems"][number]): Held | undefined {
  if (!("path" in problem)) return undefined;
  const segment = basename(problem.path);
  switch (problem.type) {
    case "unreadable-event":
      return { segment, at_byte: problem.at, problem: "unreadable_line", detail: whatOf(problem.problem) };
    case "newer-format":
      return { segment, at_byte: 0, problem: "newer_format", detail: `format ${problem.version}` };
    case "no-header":
      return { segment, at_byte: 0, problem: "no_header", detail: "its first line" };
    case "gone":
      return { segment, at_byte: 0, problem: "gone", detail: "no file of this name" };
    default:
      return unreachable(problem);
  }
}

function whatOf(problem: EventProblem): string {
  return problem.type === "bad-event" ? `bad field ${problem.field}` : `unknown event ${problem.name}`;
}

/** A sample for each segment that is held; none while all are read. */
export function heldMetric(problems: LedgerProgress["problems"]): Metric {
  return {
    type: "gauge",
    name: "tare_journal_held_at_byte",
    help: "Byte of a journal segment that the ledger cannot read on from, with the file and why; none while all are read.",
    samples: heldSegments(problems).map(({ segment, at_byte: value, problem }) => ({
      labels: { segment, problem },
      value,
    })),
  };
}
