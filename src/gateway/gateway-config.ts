import { z } from "zod";
import { DurationText, SizeText } from "#units";
import { type Limits } from "./limits.ts";

// A thread may hold at least this much whatever the number of threads, so a larger body might never be taken.
const BODY_BYTES_MAX = 64 * 1024 * 1024;

const BodySize = SizeText.refine((bytes) => bytes > 0 && bytes <= BODY_BYTES_MAX, {
  error: "has to be more than nothing and at most 64MiB",
});
const Wait = DurationText.refine((duration) => duration > 0, { error: "has to be longer than nothing" });

/** The section `limits` of tare.yaml. */
export const LimitsSection = z
  .strictObject({
    json_body: BodySize.prefault("32MiB").describe("Largest JSON body, also after unpacking; larger ones get 413."),
    audio_body: BodySize.prefault("26MiB").describe("Largest body of an audio upload."),
    image_body: BodySize.prefault("64MiB").describe("Largest body of an image upload."),
    file_body: SizeText.prefault("1GiB").describe("Largest file upload; it is streamed, never held."),
    headers: Wait.prefault("10s").describe("A client has this long to send its headers."),
    request: Wait.prefault("5m").describe("From the first byte of a request to its last."),
    body_idle: Wait.prefault("15s").describe("Between two pieces of a request's body."),
    client_stall: Wait.prefault("60s").describe("A client that takes nothing of its answer for so long is cut."),
    keep_alive: Wait.prefault("75s").describe("An idle connection is kept for so long."),
    calls: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(4_096)
      .describe("Calls that one thread runs at one time; more are refused 503 `overloaded`."),
    lag: Wait.prefault("50ms").describe(
      "A thread that keeps everything waiting for so long refuses a part of its calls.",
    ),
    cache: SizeText.prefault("64MiB").describe(
      "Answers that all threads together keep in memory for routes with a `cache`; the least recently used go first.",
    ),
    cache_disk: SizeText.prefault("0B").describe(
      "Answers beyond `cache` that all threads together keep on the disk, encrypted under a key that ends with the process. None by default.",
    ),
    drain: SizeText.prefault("64MiB").describe("Read on for the bill at most, after a client left a drained provider."),
  })
  .transform((section): Omit<Limits, "heldBytesMax"> => ({
    jsonBytesMax: section.json_body,
    audioBytesMax: section.audio_body,
    imageBytesMax: section.image_body,
    fileBytesMax: section.file_body,
    headersMs: section.headers,
    requestMs: section.request,
    bodyIdleMs: section.body_idle,
    clientStallMs: section.client_stall,
    keepAliveMs: section.keep_alive,
    callsMax: section.calls,
    lagMsMax: section.lag,
    cacheBytesMax: section.cache,
    cacheDiskBytesMax: section.cache_disk,
    drainBytesMax: section.drain,
  }));
