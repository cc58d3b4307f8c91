import { azureCode2023, azureConversation2023, type TraceShape } from "./azure-2023.ts";
import { drawFrom, drawWholeFrom, valueAt } from "./quantiles.ts";
import { Random } from "./random.ts";
import { type TraceRow } from "./trace.ts";

/** The first seconds are brisk, so that no page is empty; what follows is pleasant to watch. */
const WARM_UP_MS = 10_000;
const WARM_UP_PER_SECOND = { code: 9, conversation: 15 };
const STEADY_PER_SECOND = { code: 0.7, conversation: 1.1 };

/**
 * In the code trace 0.6 % of the intervals are longer than 20 means, up to four minutes, and make up 70 % of its time:
 * the tool being used in bursts. They are cut here, or a demo would stand still for minutes at a time.
 */
const INTERVAL_MAX = 20;

/** Calls without end whose arrivals and lengths are shaped like those of the Azure traces of 2023. */
export function* builtInTrace(seed: string): Generator<TraceRow, never> {
  const sources = [
    new Arrivals({ shape: "code", table: azureCode2023, random: new Random(seed, "code") }),
    new Arrivals({ shape: "conversation", table: azureConversation2023, random: new Random(seed, "conversation") }),
  ] as const;
  for (;;) {
    const [code, conversation] = sources;
    yield code.nextAtMs < conversation.nextAtMs ? code.take() : conversation.take();
  }
}

class Arrivals {
  readonly #shape: "code" | "conversation";
  readonly #table: TraceShape;
  readonly #random: Random;
  readonly #intervalMean: number;
  nextAtMs = 0;

  constructor({ shape, table, random }: { shape: "code" | "conversation"; table: TraceShape; random: Random }) {
    this.#shape = shape;
    this.#table = table;
    this.#random = random;
    this.#intervalMean = meanOfCut(table);
    this.#advance();
  }

  take(): TraceRow {
    const row: TraceRow = {
      atMs: this.nextAtMs,
      contextTokens: drawWholeFrom(this.#table.contextTokens, this.#random),
      generatedTokens: drawWholeFrom(this.#table.generatedTokens, this.#random),
      shape: this.#shape,
      blocks: undefined,
    };
    this.#advance();
    return row;
  }

  #advance(): void {
    const perSecond = (this.nextAtMs < WARM_UP_MS ? WARM_UP_PER_SECOND : STEADY_PER_SECOND)[this.#shape];
    const interval = Math.min(INTERVAL_MAX, drawFrom(this.#table.intervals, this.#random)) / this.#intervalMean;
    this.nextAtMs += (interval * 1000) / perSecond;
  }
}

const MEAN_STEPS = 10_000;

function meanOfCut({ intervals }: TraceShape): number {
  let sum = 0;
  for (let step = 0; step < MEAN_STEPS; step++) {
    sum += Math.min(INTERVAL_MAX, valueAt(intervals, (step + 0.5) / MEAN_STEPS));
  }
  return sum / MEAN_STEPS;
}
