import { z } from "zod";
import { answerAtOnce } from "../answer-at-once.ts";
import { withoutZeros } from "../generation.ts";
import { CHARACTERS_PER_TOKEN } from "../prompt.ts";
import { complain, type ProviderCall, readJsonAsk } from "../protocol.ts";

const SpeechBody = z.looseObject({
  model: z.string(),
  input: z.string(),
  voice: z.unknown().optional(),
  stream_format: z.string().nullish(),
});

const BYTES_PER_CHARACTER = 120;
const AUDIO_TOKENS_PER_CHARACTER = 1.25;
const CHUNK_BYTES = 8192;

/** Older voices are billed by the character, `gpt-…-tts` by tokens; only its event stream reports them. */
export async function answerSpeech(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, SpeechBody);
  if (!read.ok) return complain(call, read.error);
  const { model, input, stream_format: streamFormat } = read.value;
  const characters = Array.from(input).length;
  const isByToken = model.startsWith("gpt-");
  const tokens = Math.ceil(input.length / CHARACTERS_PER_TOKEN);
  const audioTokens = Math.ceil(characters * AUDIO_TOKENS_PER_CHARACTER);
  const usage = isByToken
    ? { input_tokens: tokens, output_tokens: audioTokens, total_tokens: tokens + audioTokens }
    : { characters };
  const audio = Buffer.alloc(Math.max(1, characters * BYTES_PER_CHARACTER), 0x55);
  const isStream = streamFormat === "sse" && isByToken;
  await answerAtOnce(call, {
    operation: "speech",
    model,
    usage,
    quantities: withoutZeros(
      isByToken ? { input_uncached: tokens, audio_out: audioTokens } : { characters_in: characters },
    ),
    isReported: isStream,
    contentType: isStream ? "text/event-stream; charset=utf-8" : "audio/mpeg",
    body: isStream ? toEvents(audio, usage) : audio,
  });
}

function toEvents(audio: Buffer, usage: object): readonly string[] {
  const events: string[] = [];
  for (let at = 0; at < audio.length; at += CHUNK_BYTES) {
    const delta = audio.subarray(at, at + CHUNK_BYTES).toString("base64");
    events.push(`data: ${JSON.stringify({ type: "speech.audio.delta", audio: delta })}\n\n`);
  }
  return [...events, `data: ${JSON.stringify({ type: "speech.audio.done", usage })}\n\n`];
}
