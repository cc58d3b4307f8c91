/** Every dialect that spans are written in, the most telling first. Where two say the same thing the first is believed. */
import { type Dialect } from "./dialect.ts";
import { genAi } from "./dialects/gen-ai.ts";
import { langfuse } from "./dialects/langfuse.ts";
import { openInference } from "./dialects/open-inference.ts";
import { tare } from "./dialects/tare.ts";
import { traceloop } from "./dialects/traceloop.ts";
import { vercelAi } from "./dialects/vercel-ai.ts";

export const dialects: readonly Dialect[] = [tare, langfuse, genAi, openInference, traceloop, vercelAi];
