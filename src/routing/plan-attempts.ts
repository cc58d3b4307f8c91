import { type FormatName, type Purpose } from "#inference";
import { type Route, type Target } from "./route.ts";

export interface PlannedAttempt {
  readonly target: Target;
  readonly purpose: Extract<Purpose, "answer" | "retry" | "fallback">;
}

/**
 * All attempts that a call may make, in order: each target of the client's format with its retries, then the next one.
 * `pinned` names the provider that made what the call refers to, and leaves only its targets.
 */
export function planAttempts(
  route: Route,
  ask: { readonly format: FormatName; readonly pinned: string | undefined },
): readonly PlannedAttempt[] {
  const plan: PlannedAttempt[] = [];
  for (const target of route.targets) {
    if (target.provider.format !== ask.format) continue;
    if (ask.pinned !== undefined && target.provider.name !== ask.pinned) continue;
    plan.push({ target, purpose: plan.length === 0 ? "answer" : "fallback" });
    for (let retry = 0; retry < route.retries; retry += 1) plan.push({ target, purpose: "retry" });
  }
  return plan;
}
