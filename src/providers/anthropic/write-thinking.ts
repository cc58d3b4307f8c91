import { type Prompt } from "#inference";
import { budgetOf, effortOf } from "../efforts.ts";
import { type Losses } from "../losses.ts";

const BUDGET_MIN = 1_024;

/** How much to think, as a message's request says it: `effort` stands in its output config. */
interface ThinkingBody {
  readonly thinking: { readonly type: string; readonly budget_tokens?: number; readonly display?: string } | undefined;
  readonly effort: string | undefined;
}

interface Place {
  readonly model: string;
  readonly cap: number | undefined;
  readonly losses: Losses;
}

/**
 * Claude 3.7 to 4.5 think by a budget, later ones decide for themselves and take an effort. Off is said by leaving it out
 * to the former, whose default it is.
 */
export function writeThinking({ reasoning }: Prompt, { model, cap, losses }: Place): ThinkingBody {
  if (reasoning === undefined) return { thinking: undefined, effort: undefined };
  const display = reasoning.isShown === false ? { display: "omitted" } : {};
  const effort = effortOf(reasoning);
  if (!takesBudget(model)) {
    if (effort === "none") return { thinking: { type: "disabled" }, effort: undefined };
    const shown = reasoning.isShown === undefined ? {} : { display: reasoning.isShown ? "summarized" : "omitted" };
    return { thinking: { type: "adaptive", ...shown }, effort: effort === "minimal" ? "low" : effort };
  }
  const budget = budgetOf(reasoning) ?? 0;
  const most = cap === undefined ? budget : Math.min(budget, cap - 1);
  if (most < BUDGET_MIN) {
    if (budget > 0) losses.hint("reasoning_effort");
    return { thinking: undefined, effort: undefined };
  }
  return { thinking: { type: "enabled", budget_tokens: most, ...display }, effort: undefined };
}

function takesBudget(model: string): boolean {
  return /claude-(?:3|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:[-@]\d{8}|$))/.test(model);
}
