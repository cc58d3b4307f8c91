import { type FormatName } from "#inference";
import { type Ask, type AskSource } from "./wire-format.ts";

/** A call whose body is not read: there is none, or it is streamed on as it comes. */
export function readBareAsk(source: AskSource, format: FormatName): Ask {
  const { operation } = source.endpoint;
  return {
    facts: {
      format,
      operation: operation === "not-built" ? "file" : operation,
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
