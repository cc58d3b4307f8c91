import { type AnswerEvent } from "#inference";
import { conversations } from "./conversations.ts";
import { conversationNames } from "./conversation.ts";
import { operationOf } from "./read-bare-ask.ts";
import { type AskSource } from "./ask-source.ts";

export interface SaidText {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * A text of ours as a whole answer to a call, in the client's own format and as a stream where it asked for one. Undefined
 * for what is no conversation, or cannot be read as one.
 */
export function sayText(
  source: AskSource,
  said: { readonly text: string; readonly model: string; readonly call: string; readonly createdAt: number },
): SaidText | undefined {
  const operation = operationOf(source.endpoint);
  const all = conversationNames.map((name) => conversations[name]).filter((one) => one.operation === operation);
  const spoken = all.find(({ path }) => [path.whole, path.stream].includes(source.endpoint.path));
  const decoded = spoken?.decodePrompt(source);
  if (spoken === undefined || decoded === undefined || !decoded.ok) return undefined;
  const { prompt } = decoded.value;
  const asked = [...new URLSearchParams(spoken.streamQuery)];
  const isArray = prompt.stream && asked.some(([name, value]) => source.query.get(name) !== value);
  const { model, call, createdAt } = said;
  const terms = { isStream: prompt.stream, isArray, model, call, createdAt, prompt, receipt: undefined };
  const body = Buffer.from(spoken.encodeAnswer(terms).push(eventsOf(said)));
  const isEvents = prompt.stream && !isArray;
  return { contentType: isEvents ? "text/event-stream" : "application/json", body };
}

function eventsOf({ text, model, call }: { readonly text: string; readonly model: string; readonly call: string }) {
  const events: readonly AnswerEvent[] = [
    { type: "start", id: call, model },
    { type: "text", text },
    { type: "part-end" },
    { type: "usage", usage: { input_uncached: 0, output_text: 0 } },
    { type: "finish", reason: "stop" },
    { type: "end" },
  ];
  return events;
}
