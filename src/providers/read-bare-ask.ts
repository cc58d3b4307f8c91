import { type FormatName, type Operation } from "#inference";
import { assert } from "#std";
import { type AskSource, type Endpoint } from "./ask-source.ts";
import { type Ask } from "./wire-format.ts";

/** A call whose body is not read: there is none, or it is streamed on as it comes. */
export function readBareAsk(source: AskSource, format: FormatName): Ask {
  return {
    facts: {
      format,
      operation: operationOf(source.endpoint),
      model: undefined,
      stream: source.query.get("stream") === "true",
      background: false,
      bodyBytes: source.body.length,
      messages: 0,
      tools: 0,
      outputCap: undefined,
      choices: 1,
      serviceTier: undefined,
      writesLongCache: false,
      unbounded: [],
      inlineMedia: 0,
      references: Object.values(source.parameters),
    },
    attribution: {},
    bodyUser: undefined,
    asksForStreamUsage: true,
    rewrite: () => source.body,
  };
}

export function operationOf({ operation }: Endpoint): Operation {
  assert(operation !== "not-built", "an endpoint that is not built is refused before its request is read");
  return operation;
}
