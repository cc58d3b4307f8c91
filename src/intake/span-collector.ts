import { NAME_CHARACTERS_MAX, type ReadSpans, type Span } from "./span.ts";

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** Takes spans that can be told apart; one that cannot is rejected for itself, and the others of its batch stand. */
export class SpanCollector {
  readonly #spans: Span[] = [];
  #rejected = 0;
  #reason: string | undefined;

  get count(): number {
    return this.#spans.length + this.#rejected;
  }

  add(span: Span): void {
    const problem = problemOf(span);
    if (problem === undefined) {
      const name = span.name.slice(0, NAME_CHARACTERS_MAX);
      this.#spans.push(name === span.name ? span : { ...span, name });
      return;
    }
    this.#rejected += 1;
    this.#reason ??= problem;
  }

  read(): ReadSpans {
    return { spans: this.#spans, rejected: this.#rejected, reason: this.#reason };
  }
}

function problemOf({ trace, span, parent }: Span): string | undefined {
  if (!TRACE_ID.test(trace)) return "traceId is not 16 bytes, or all zeros";
  if (!SPAN_ID.test(span)) return "spanId is not 8 bytes, or all zeros";
  return parent === undefined || SPAN_ID.test(parent) ? undefined : "parentSpanId is not 8 bytes";
}
