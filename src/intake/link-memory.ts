import { Recent } from "./recent.ts";
import { type Node } from "./trace.ts";

/**
 * What only links others, a span that is no step or a call of the gateway, or a step that told of an outcome. `below` tells what
 * was measured at it and below.
 */
export type Link = Pick<Node, "id" | "parent" | "below"> & Partial<Pick<Node, "says" | "result">>;

/** What the ledger does not know of a trace that it brings back. */
export interface TraceLinks {
  readonly links: readonly Link[];
  /** That a client gave the gateway's calls in it, the smallest of them; undefined where it gave none. */
  readonly interaction: string | undefined;
}

/** About 150 bytes each. */
const LINKS_MAX = 200_000;

/** Keeps the links of traces that were forgotten: without them a late parent would not find the steps below it. */
export class LinkMemory {
  readonly #traces: Recent<TraceLinks>;
  readonly #most: number;
  #count = 0;

  constructor(most = LINKS_MAX) {
    this.#most = most;
    this.#traces = new Recent(most);
  }

  /** Beside those that are kept of the trace already; the traces whose links came first are dropped when there are too many. */
  keep(trace: string, more: TraceLinks): void {
    const kept = this.take(trace);
    const all = kept === undefined ? more : merged(kept, more);
    this.#count += all.links.length;
    while (this.#count > this.#most) {
      const oldest = this.#traces.dropOldest();
      if (oldest === undefined) break;
      this.#count -= oldest.links.length;
    }
    this.#traces.set(trace, all);
  }

  /** That the calls kept of the trace gave it. */
  interactionOf(trace: string): string | undefined {
    return this.#traces.peek(trace)?.interaction;
  }

  /** They are kept here no more. */
  take(trace: string): TraceLinks | undefined {
    const kept = this.#traces.peek(trace);
    if (kept === undefined) return undefined;
    this.#traces.delete(trace);
    this.#count -= kept.links.length;
    return kept;
  }
}

function merged(one: TraceLinks, other: TraceLinks): TraceLinks {
  const interactions = [one.interaction, other.interaction].filter((each) => each !== undefined);
  return { links: [...one.links, ...other.links], interaction: interactions.toSorted()[0] };
}
