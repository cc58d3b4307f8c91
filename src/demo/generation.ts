import { type Operation, type Usage } from "#inference";
import { type Instant } from "#units";
import { type Directive } from "./directive.ts";
import { type JsonObject } from "./json.ts";
import { type InputTokens } from "./prefix-cache.ts";
import { type Prose } from "./prose.ts";
import { type Random } from "./random.ts";
import { sampleOf } from "./schema-sample.ts";

/** A tool that the client offers. */
export interface OfferedTool {
  readonly name: string;
  readonly schema: JsonObject;
}

/** What a client asks to be generated, in words that no wire format owns. */
export interface GenerationAsk {
  readonly operation: Operation;
  readonly model: string;
  readonly stream: boolean;
  /** For each choice, reasoning included; undefined when the client did not say. */
  readonly outputCap: number | undefined;
  readonly choices: number;
  readonly tools: readonly OfferedTool[];
  readonly mayUseTool: "auto" | "must" | "no";
  /** The schema that the text has to follow. */
  readonly schema: JsonObject | undefined;
  readonly reasons: boolean;
}

export interface Choice {
  /** Visible output, one piece for one token: text, or a tool's arguments. */
  readonly pieces: readonly string[];
  readonly tool: { readonly id: string; readonly name: string } | undefined;
  readonly finish: "stop" | "length" | "tool";
}

/** Everything that one attempt will generate, decided before its first byte. */
export interface Generation {
  readonly id: string;
  readonly requestId: string;
  /** The model that serves, as answers name it. */
  readonly model: string;
  readonly tier: string | undefined;
  readonly createdAt: Instant;
  readonly input: InputTokens;
  readonly inputTokens: number;
  readonly reasoningTokens: number;
  readonly choices: readonly Choice[];
  /** Reasoning and the pieces of all choices. */
  readonly outputTokens: number;
}

/** Output that has been generated at some moment: reasoning comes first. */
export interface Made {
  readonly reasoning: number;
  readonly visible: number;
}

export function madeAfter(generation: Generation, tokens: number): Made {
  const reasoning = Math.min(tokens, generation.reasoningTokens);
  return { reasoning, visible: Math.min(tokens, generation.outputTokens) - reasoning };
}

export function quantitiesOf({ input }: Generation, made: Made): Usage {
  return withoutZeros({
    input_uncached: input.uncached,
    cache_read: input.cacheRead,
    cache_write_5m: input.cacheWrite5m,
    cache_write_1h: input.cacheWrite1h,
    output_text: made.visible,
    output_reasoning: made.reasoning,
  });
}

export function withoutZeros(usage: Usage): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([, quantity]) => quantity > 0));
}

const OUTPUT_MEDIAN = 120;
const REASONING_MEDIAN = 160;
const OUTPUT_DEFAULT_MAX = 4096;
const CHARACTERS_PER_PIECE = 4;

export interface Drawn {
  readonly reasoningTokens: number;
  readonly choices: readonly Choice[];
}

/** Draws the output of one attempt. The output cap holds for reasoning and text together. */
export function drawOutput(
  ask: GenerationAsk,
  { directive, random, prose, toolId }: { directive: Directive; random: Random; prose: Prose; toolId: () => string },
): Drawn {
  const cap = ask.outputCap ?? OUTPUT_DEFAULT_MAX + (directive.output ?? 0) + (directive.reasoning ?? 0);
  const wantedReasoning = directive.reasoning ?? Math.ceil(random.logNormal(REASONING_MEDIAN, 0.7));
  const reasoningTokens = ask.reasons ? Math.min(cap, wantedReasoning) : 0;
  const room = cap - reasoningTokens;
  const choices: Choice[] = [];
  for (let index = 0; index < ask.choices; index++) {
    const wanted = drawChoice(ask, { directive, random, prose, toolId });
    const isTooLong = wanted.pieces.length > room;
    choices.push(isTooLong ? { ...wanted, pieces: wanted.pieces.slice(0, room), finish: "length" } : wanted);
  }
  return { reasoningTokens, choices };
}

function drawChoice(
  ask: GenerationAsk,
  { directive, random, prose, toolId }: { directive: Directive; random: Random; prose: Prose; toolId: () => string },
): Choice {
  const tool = chooseTool(ask, { directive, random });
  if (tool !== undefined) {
    const pieces = cut(JSON.stringify(sampleOf(tool.schema, random)));
    return { pieces, tool: { id: toolId(), name: tool.name }, finish: "tool" };
  }
  if (ask.schema !== undefined) {
    return { pieces: cut(JSON.stringify(sampleOf(ask.schema, random))), tool: undefined, finish: "stop" };
  }
  const count = directive.output ?? Math.max(1, Math.round(random.logNormal(OUTPUT_MEDIAN, 0.8)));
  return { pieces: prose.pieces(count, random), tool: undefined, finish: "stop" };
}

function chooseTool(
  ask: GenerationAsk,
  { directive, random }: { directive: Directive; random: Random },
): OfferedTool | undefined {
  const [first] = ask.tools;
  if (first === undefined || ask.mayUseTool === "no" || directive.tool === "never") return undefined;
  const isUsed = ask.mayUseTool === "must" || directive.tool === "always" || random.happens(0.4);
  return isUsed ? (ask.tools[random.below(ask.tools.length)] ?? first) : undefined;
}

function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += CHARACTERS_PER_PIECE) pieces.push(text.slice(at, at + CHARACTERS_PER_PIECE));
  return pieces;
}
