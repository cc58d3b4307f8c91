import { type Prompt } from "#inference";
import { type Losses } from "../losses.ts";
import { claudeRules } from "./claude-rules.ts";

type Sampling = Pick<Prompt["sampling"], "temperature" | "topP" | "topK">;

/** Beside thinking, Claude takes `top_p` from here on (platform.claude.com, "Extended thinking", feature compatibility). */
const TOP_P_THINKING_MIN = 0.95;

/** A temperature or `top_p` of 1 is what Claude does unasked: where it cannot be said, nothing is lost. */
const UNASKED = 1;

interface Place {
  readonly model: string;
  readonly isThinking: boolean;
  readonly losses: Losses;
}

/** How to sample, as far as this model takes it; the rest is lost by its name. */
export function fitSampling(asked: Sampling, { model, isThinking, losses }: Place): Sampling {
  const { sampling, thinkingBinds } = claudeRules(model);
  if (sampling === "default") return loseAsked(asked, losses);
  const taken = isThinking && thinkingBinds ? besideThinking(asked, losses) : coolEnough(asked, losses);
  return sampling === "one" ? oneOfTwo(taken, losses) : taken;
}

function loseAsked({ temperature, topP, topK }: Sampling, losses: Losses): Sampling {
  if (temperature !== UNASKED) losses.loseGiven({ temperature });
  if (topP !== UNASKED) losses.loseGiven({ top_p: topP });
  losses.loseGiven({ top_k: topK });
  return { temperature: undefined, topP: undefined, topK: undefined };
}

function besideThinking({ temperature, topP, topK }: Sampling, losses: Losses): Sampling {
  if (temperature !== UNASKED) losses.loseGiven({ temperature });
  losses.loseGiven({ top_k: topK });
  const isWide = topP === undefined || topP >= TOP_P_THINKING_MIN;
  if (!isWide) losses.lose("top_p");
  return { temperature: undefined, topP: isWide ? topP : undefined, topK: undefined };
}

function coolEnough(asked: Sampling, losses: Losses): Sampling {
  if (asked.temperature === undefined || asked.temperature <= 1) return asked;
  losses.lose("temperature");
  return { ...asked, temperature: undefined };
}

function oneOfTwo(asked: Sampling, losses: Losses): Sampling {
  if (asked.temperature === undefined || asked.topP === undefined) return asked;
  if (asked.temperature === UNASKED) return { ...asked, temperature: undefined };
  if (asked.topP !== UNASKED) losses.lose("top_p");
  return { ...asked, topP: undefined };
}
