import { z } from "zod";
import { answerAtOnce, type WholeAnswer } from "../answer-at-once.ts";
import { withoutZeros } from "../generation.ts";
import { fileOf, readMultipart, textOf } from "../multipart.ts";
import { CHARACTERS_PER_TOKEN } from "../prompt.ts";
import { complain, type ProviderCall, readJsonAsk } from "../protocol.ts";

const ImageBody = z.looseObject({
  model: z.string().nullish(),
  prompt: z.string(),
  n: z.number().int().min(1).max(10).nullish(),
  quality: z.string().nullish(),
});

/** A picture of one pixel: the smallest PNG there is. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const outputTokens: Readonly<Record<string, number>> = { low: 272, medium: 1056, high: 4160 };
const TOKENS_PER_INPUT_IMAGE = 258;

interface ImageAsk {
  readonly model: string;
  readonly prompt: string;
  readonly images: number;
  readonly quality: string;
  readonly pictures: number;
}

export async function answerImage(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, ImageBody);
  if (!read.ok) return complain(call, read.error);
  const { model, prompt, n, quality } = read.value;
  const ask = { model: model ?? "dall-e-2", prompt, images: n ?? 1, quality: quality ?? "medium", pictures: 0 };
  await answerAtOnce(call, toAnswer(call, ask));
}

export async function answerImageEdit(call: ProviderCall): Promise<void> {
  const parts = readMultipart(call.body, call.headers["content-type"]);
  if (fileOf(parts) === undefined) {
    return complain(call, { type: "invalid-request", field: "image", detail: "A picture is needed." });
  }
  const ask = {
    model: textOf(parts, "model") ?? "dall-e-2",
    prompt: textOf(parts, "prompt") ?? "",
    images: Number(textOf(parts, "n") ?? 1),
    quality: textOf(parts, "quality") ?? "medium",
    pictures: parts.filter((part) => part.fileName !== undefined).length,
  };
  await answerAtOnce(call, toAnswer(call, ask));
}

/** `gpt-image` models are billed by tokens and report them; `dall-e` is billed by the picture and reports nothing. */
function toAnswer(call: ProviderCall, ask: ImageAsk): WholeAnswer {
  const created = Math.floor(call.at / 1000);
  const data = Array.from({ length: ask.images }, () => ({ b64_json: PNG }));
  if (!ask.model.startsWith("gpt-image")) {
    return {
      operation: "image",
      model: ask.model,
      usage: { images: ask.images },
      quantities: { images: ask.images },
      isReported: false,
      body: JSON.stringify({ created, data }),
    };
  }
  const text = Math.ceil(ask.prompt.length / CHARACTERS_PER_TOKEN);
  const image = ask.pictures * TOKENS_PER_INPUT_IMAGE;
  const output = ask.images * (outputTokens[ask.quality] ?? 1056);
  const usage = {
    input_tokens: text + image,
    input_tokens_details: { text_tokens: text, image_tokens: image },
    output_tokens: output,
    output_tokens_details: { text_tokens: 0, image_tokens: output },
    total_tokens: text + image + output,
  };
  return {
    operation: "image",
    model: ask.model,
    usage,
    quantities: withoutZeros({ input_uncached: text, image_in: image, image_out: output }),
    isReported: true,
    body: JSON.stringify({ created, background: "opaque", data, output_format: "png", quality: ask.quality, usage }),
  };
}
