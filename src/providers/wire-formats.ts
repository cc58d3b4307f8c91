import { anthropic } from "./anthropic/anthropic.ts";
import { gemini } from "./gemini/gemini.ts";
import { openai } from "./openai/openai.ts";
import { type WireFormat } from "./wire-format.ts";

/** All formats that clients may speak. */
export const wireFormats: readonly WireFormat[] = [openai, anthropic, gemini];
