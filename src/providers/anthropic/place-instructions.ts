import { type Part, type Turn } from "#inference";
import { type PromptTarget } from "../conversation.ts";
import { type Losses } from "../losses.ts";
import { claudeRules } from "./claude-rules.ts";

interface Placed {
  /** For the field in front of the conversation. */
  readonly instructions: readonly Part[] | undefined;
  readonly turns: readonly Turn[];
}

/**
 * Instructions have a field in front of the conversation. Newer models take them later too, in certain places; those in others
 * are lost where they stand, and told in front.
 */
export function placeInstructions(turns: readonly Turn[], target: PromptTarget, losses: Losses): Placed {
  const mayStand = target.takesInstructionsFirst !== true && claudeRules(target.model).takesLateInstructions;
  const front: Part[] = [];
  const kept = turns.filter((turn, index) => {
    if (turn.role !== "instructions" || (mayStand && isPlace(turns, index))) return true;
    if (index > 0) losses.lose("messages.system");
    front.push(...turn.parts);
    return false;
  });
  return { instructions: front.length === 0 ? undefined : front, turns: kept };
}

/** Text alone, behind a user's turn, and last or before the assistant's ("Mid-conversation system messages", placement rules). */
function isPlace(turns: readonly Turn[], index: number): boolean {
  const isBetween = turns[index - 1]?.role === "user" && turns[index + 1]?.role !== "user";
  return isBetween && turns[index]?.parts.every(({ type }) => type === "text") === true;
}
