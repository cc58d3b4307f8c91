import { openai } from "./openai/openai.ts";
import { type WireFormat } from "./wire-format.ts";

/** All formats that clients may speak. */
export const wireFormats: readonly WireFormat[] = [openai];
