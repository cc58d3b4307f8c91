import { type Frame } from "../answer-generation.ts";
import { type Choice, type Generation } from "../generation.ts";
import {
  encodeResponse,
  finalStatus,
  type ResponseBody,
  type ResponseStatus,
  toOutputItem,
  toReasoningItem,
  toTextPart,
} from "./response-body.ts";

/** The events of a streamed response, numbered in order; usage stands only in the last one, and there is no `[DONE]`. */
export function* encodeEvents(generation: Generation, body: ResponseBody): Generator<Frame, void> {
  let sequence = 0;
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`;
  const response = (status: ResponseStatus, tokens: number): object => ({
    response: encodeResponse(generation, { body, status, tokens }),
  });
  const first = Math.min(1, generation.outputTokens);
  yield { text: event("response.created", response("in_progress", 0)), tokens: first };
  yield { text: event("response.in_progress", response("in_progress", 0)), tokens: first };
  let tokens = generation.reasoningTokens;
  let output_index = 0;
  if (tokens > 0) {
    const item = toReasoningItem(generation);
    yield { text: event("response.output_item.added", { output_index, item }), tokens: first };
    yield { text: event("response.output_item.done", { output_index, item }), tokens };
    output_index++;
  }
  const [choice] = generation.choices;
  if (choice !== undefined) {
    const added = { output_index, item: toOutputItem(generation, choice, "in_progress") };
    yield { text: event("response.output_item.added", added), tokens };
    const item_id = String(added.item["id"]);
    yield* encodeContent(choice, { event, place: { item_id, output_index }, tokens });
    tokens += choice.pieces.length;
    const done = { output_index, item: toOutputItem(generation, choice, "completed") };
    yield { text: event("response.output_item.done", done), tokens };
  }
  const status = finalStatus(generation);
  yield { text: event(`response.${status}`, response(status, tokens)), tokens, reports: "final" };
}

function* encodeContent(
  choice: Choice,
  at: { event: (type: string, fields: object) => string; place: object; tokens: number },
): Generator<Frame, void> {
  const { event } = at;
  const text = choice.pieces.join("");
  let { tokens } = at;
  if (choice.tool !== undefined) {
    for (const delta of choice.pieces) {
      yield { text: event("response.function_call_arguments.delta", { ...at.place, delta }), tokens: ++tokens };
    }
    const whole = { ...at.place, arguments: text, name: choice.tool.name };
    yield { text: event("response.function_call_arguments.done", whole), tokens };
    return;
  }
  const place = { ...at.place, content_index: 0 };
  yield { text: event("response.content_part.added", { ...place, part: toTextPart("") }), tokens };
  for (const delta of choice.pieces) {
    yield { text: event("response.output_text.delta", { ...place, delta, logprobs: [] }), tokens: ++tokens };
  }
  yield { text: event("response.output_text.done", { ...place, text, logprobs: [] }), tokens };
  yield { text: event("response.content_part.done", { ...place, part: toTextPart(text) }), tokens };
}
