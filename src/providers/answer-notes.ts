import {
  type AnswerEnd,
  type AnswerFacts,
  CALL_ABOVE_CREDIT,
  CONTEXT_LENGTH_EXCEEDED,
  INSUFFICIENT_QUOTA,
  type Usage,
} from "#inference";
import { exceedsContext } from "./context-length.ts";
import { isAboveCredit, isOutOfCredit } from "./known-failure.ts";

/** Longer usage objects are counted but not kept. */
const REPORTED_BYTES_MAX = 4_096;

/** What is known of an answer so far. Later words replace earlier ones: providers report running totals, not parts. */
export class AnswerNotes {
  end: AnswerEnd = "cut";
  usage: Usage | undefined;
  model: string | undefined;
  tier: string | undefined;
  upstreamId: string | undefined;
  isStored = false;
  errorType: string | undefined;
  contentBytes = 0;
  hasContent = false;
  nextSequence = 0;
  isUsageFinal = false;
  isUnread = false;
  items: number | undefined;
  #reported: string | undefined;

  /** A usage object that was read; `usage` is undefined when its counts are impossible. */
  noteUsage(usage: Usage | undefined, reported: string): void {
    this.usage = usage;
    this.#reported = Buffer.byteLength(reported) <= REPORTED_BYTES_MAX ? reported : undefined;
  }

  noteContent(bytes: number): void {
    this.contentBytes += bytes;
    if (bytes > 0) this.hasContent = true;
  }

  /** An error is the end, whatever the provider may still send. */
  noteError(type: string | undefined, message?: string): void {
    this.end = "error";
    this.errorType ??= wordOf(type, message);
  }

  noteComplete(): void {
    if (this.end !== "error") this.end = "complete";
  }

  facts(): AnswerFacts {
    const { end, usage, isUsageFinal, isUnread, items, model, tier, upstreamId, isStored, errorType, contentBytes } =
      this;
    const reported = this.#reported;
    // One literal: this is made for each call, and a spread of another takes longer than all that is in it.
    return {
      end,
      usage,
      isUsageFinal,
      isUnread,
      items,
      reported,
      model,
      tier,
      upstreamId,
      isStored,
      errorType,
      contentBytes,
    };
  }
}

/** One word for what each provider says in its own way and the gateway acts on. */
function wordOf(type: string | undefined, message: string | undefined): string | undefined {
  if (exceedsContext(type, message)) return CONTEXT_LENGTH_EXCEEDED;
  if (isAboveCredit(message)) return CALL_ABOVE_CREDIT;
  return isOutOfCredit(type, message) ? INSUFFICIENT_QUOTA : type;
}
