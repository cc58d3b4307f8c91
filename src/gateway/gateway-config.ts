import { z } from "zod";
import { DurationText, SizeText } from "#units";
import { type Limits } from "./limits.ts";

/** The section `limits`: what the data plane takes from clients, and how long it waits for them. */
export const LimitsSection = z.strictObject({
  json_body: SizeText.prefault("32MiB").describe("Largest JSON body, also after unpacking; larger ones get 413."),
  audio_body: SizeText.prefault("26MiB").describe("Largest body of an audio upload."),
  image_body: SizeText.prefault("64MiB").describe("Largest body of an image upload."),
  file_body: SizeText.prefault("1GiB").describe("Largest file upload; it is streamed, never held."),
  held: SizeText.prefault("512MiB").describe("Bytes of bodies held at one time, over all threads; more get 503."),
  headers: DurationText.prefault("10s").describe("A client has this long to send its headers."),
  request: DurationText.prefault("5m").describe("From the first byte of a request to its last."),
  body_idle: DurationText.prefault("15s").describe("Between two pieces of a request's body."),
  client_stall: DurationText.prefault("60s").describe("A client that takes nothing of its answer for so long is cut."),
  keep_alive: DurationText.prefault("75s").describe("An idle connection is kept for so long."),
  drain: SizeText.prefault("64MiB").describe("Read on for the bill at most, after a client left a drained provider."),
});

/** The limits of one of `threads` threads. At least one body of the largest kind fits, however many threads there are. */
export function limitsOfThread(section: z.infer<typeof LimitsSection>, threads: number): Limits {
  const { json_body, audio_body, image_body, file_body, held } = section;
  return {
    jsonBytesMax: json_body,
    audioBytesMax: audio_body,
    imageBytesMax: image_body,
    fileBytesMax: file_body,
    heldBytesMax: Math.max(Math.floor(held / threads), json_body, audio_body, image_body),
    headersMs: section.headers,
    requestMs: section.request,
    bodyIdleMs: section.body_idle,
    clientStallMs: section.client_stall,
    keepAliveMs: section.keep_alive,
    drainBytesMax: section.drain,
  };
}
