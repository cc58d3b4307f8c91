import { type AttemptDispatched, type JournalEvent } from "#events";
import { type AnswerPin } from "#gateway";
import { type FoundSegment, listSegments, readSegment } from "#journal";
import { type World } from "#world";

// Newest first, so that after years of journals a restart still knows what clients are likely to ask for.
const READ_BYTES_MAX = 256 * 1024 * 1024;
const PART_BYTES = 1024 * 1024;

export interface RememberOptions {
  readonly world: World;
  readonly folder: string;
  /** Known answers whose truth was booked already; nobody may claim them again. */
  claimed(answer: string): void;
  learn(pin: AnswerPin): void;
}

/**
 * Finds in the journal which provider keeps which answer for whom, so that ids seen before a restart still go back where
 * they came from. Runs beside the calls, a piece at a time.
 */
export async function rememberAnswers(options: RememberOptions): Promise<void> {
  const { world, folder } = options;
  let left = READ_BYTES_MAX;
  const newestFirst = listSegments(world.disk, folder).toSorted((a, b) => compareAge(b, a));
  for (const segment of newestFirst) {
    if (left <= 0) return;
    left -= segment.bytes;
    await readOne(segment, options);
  }
}

function compareAge(a: FoundSegment, b: FoundSegment): number {
  return a.incarnation === b.incarnation ? a.sequence - b.sequence : Number(a.incarnation) - Number(b.incarnation);
}

async function readOne(segment: FoundSegment, options: RememberOptions): Promise<void> {
  const { world } = options;
  const running = new Map<string, AttemptDispatched>();
  for (let offset = 0; offset < segment.bytes;) {
    const part = readSegment(world.disk, segment.path, { offset, most: PART_BYTES });
    // What the ledger cannot read either is reported by the ledger, which reads every byte.
    if (!part.ok) return;
    for (const { event } of part.value.events) note(event, running, options);
    if (part.value.isAtEnd || part.value.end === offset) return;
    offset = part.value.end;
    await world.clock.sleep(1);
  }
}

function note(event: JournalEvent, running: Map<string, AttemptDispatched>, options: RememberOptions): void {
  switch (event.type) {
    case "attempt-dispatched":
      running.set(event.attempt, event);
      return;
    case "attempt-settled": {
      const dispatched = running.get(event.attempt);
      running.delete(event.attempt);
      if (dispatched === undefined || !event.isStored || event.upstreamId === undefined) return;
      options.learn({
        tenant: dispatched.attribution.tenant,
        answer: event.upstreamId,
        provider: dispatched.provider,
        model: dispatched.model,
        background:
          event.state === "background"
            ? { dispatched, before: { cost: event.cost, residual: event.residual } }
            : undefined,
      });
      return;
    }
    case "attempt-corrected":
      if (event.settlement.upstreamId !== undefined) options.claimed(event.settlement.upstreamId);
      return;
    default:
      return;
  }
}
