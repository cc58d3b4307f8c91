import { type Usage } from "#inference";
import { answerAtOnce } from "../answer-at-once.ts";
import { type JsonObject } from "../json.ts";
import { fileOf, readMultipart, textOf } from "../multipart.ts";
import { complain, type ProviderCall } from "../protocol.ts";

const BYTES_PER_SECOND = 16_000;
const AUDIO_TOKENS_PER_SECOND = 10;
const WORDS_PER_SECOND = 2;

/** `whisper` is billed by whole seconds, `gpt-…-transcribe` by tokens; both say so in `usage`. */
export async function answerTranscription(call: ProviderCall): Promise<void> {
  const parts = readMultipart(call.body, call.headers["content-type"]);
  const file = fileOf(parts);
  const model = textOf(parts, "model");
  if (file === undefined || model === undefined) {
    const field = file === undefined ? "file" : "model";
    return complain(call, { type: "invalid-request", field, detail: `The form has no ${field}.` });
  }
  const seconds = Math.max(1, Math.ceil(file.bytes.length / BYTES_PER_SECOND));
  const pieces = call.provider.prose.pieces(call.directive.output ?? seconds * WORDS_PER_SECOND, call.random);
  const { usage, quantities } = toUsage(model, { seconds, words: pieces.length });
  const isStream = textOf(parts, "stream") === "true" && !model.startsWith("whisper");
  const text = pieces.join("").trim();
  await answerAtOnce(call, {
    operation: "transcription",
    model,
    usage,
    quantities,
    isReported: true,
    ...(isStream && { contentType: "text/event-stream; charset=utf-8" }),
    body: isStream ? toEvents(pieces, usage) : JSON.stringify({ text, usage }),
  });
}

function toUsage(
  model: string,
  { seconds, words }: { seconds: number; words: number },
): { usage: JsonObject; quantities: Usage } {
  if (model.startsWith("whisper")) {
    return { usage: { type: "duration", seconds }, quantities: { audio_ms_in: seconds * 1000 } };
  }
  const audio = seconds * AUDIO_TOKENS_PER_SECOND;
  const usage = {
    type: "tokens",
    input_tokens: audio,
    input_token_details: { text_tokens: 0, audio_tokens: audio },
    output_tokens: words,
    total_tokens: audio + words,
  };
  return { usage, quantities: { audio_in: audio, output_text: words } };
}

function event(fields: object): string {
  return `data: ${JSON.stringify(fields)}\n\n`;
}

function toEvents(pieces: readonly string[], usage: JsonObject): readonly string[] {
  const deltas = pieces.map((delta) => event({ type: "transcript.text.delta", delta }));
  return [...deltas, event({ type: "transcript.text.done", text: pieces.join("").trim(), usage })];
}
