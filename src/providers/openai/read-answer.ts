import { AnswerNotes } from "../answer-notes.ts";
import { bodyKind } from "../body-kind.ts";
import { readLabelled } from "../labelled-text.ts";
import { type FrameReading, StreamAnswer } from "../stream-answer.ts";
import { WholeAnswer, type WholeReading } from "../whole-answer.ts";
import { type AnswerOptions, type AnswerReader } from "../wire-format.ts";
import { ChatReading } from "./read-chat.ts";
import { ObjectReading } from "./read-media.ts";
import { ResponseReading, ResponseStreamReading } from "./read-response.ts";

export function readAnswer(options: AnswerOptions): AnswerReader {
  switch (bodyKind(options)) {
    case "sse":
      return new StreamAnswer(streamReading(options), options.receipt);
    case "json":
      return new WholeAnswer(wholeReading(options), options.status);
    default:
      return readLabelled(options, () => new WholeAnswer(wholeReading(options), options.status));
  }
}

function streamReading({ operation, stripUsage }: AnswerOptions): FrameReading {
  if (operation === "chat" || operation === "completion") return new ChatReading(stripUsage);
  if (operation === "response" || operation === "response-read") return new ResponseStreamReading();
  return new ObjectReading(operation);
}

function wholeReading({ operation, stripUsage }: AnswerOptions): WholeReading {
  if (operation === "chat" || operation === "completion") return new ChatReading(stripUsage);
  if (operation === "response" || operation === "response-read") return new ResponseReading(new AnswerNotes());
  return new ObjectReading(operation);
}
