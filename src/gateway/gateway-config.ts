import { z } from "zod";
import { DurationText, SizeText } from "#units";

/** The section `limits`: what the data plane takes before it refuses. */
export const LimitsSection = z.strictObject({
  json_body: SizeText.prefault("32MiB").describe("Largest JSON body, also after unpacking; larger ones get 413."),
  audio_body: SizeText.prefault("26MiB").describe("Largest body of an audio upload."),
  image_body: SizeText.prefault("64MiB").describe("Largest body of an image upload."),
  in_flight: SizeText.prefault("512MiB").describe("Bytes of bodies held at a time, over all threads; more get 503."),
  header_time: DurationText.prefault("10s").describe("A client has this long to send its headers."),
  body_time: DurationText.prefault("2m").describe("A client has this long to send its body."),
});
