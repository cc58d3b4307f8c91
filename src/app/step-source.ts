import { type createControl } from "#control";
import { type Intake, type PostedStep, takePostedOutcome, takePostedSteps } from "#intake";
import { err, ok, type Result } from "#std";
import { type World } from "#world";

type StepSource = Parameters<typeof createControl>[0]["sources"]["steps"];

/** Whoever posts to the control API stands for all of a tenant's keys. */
const KEY = "api";

/** Steps and outcomes of the control API on their way into the intake, as soon as that is open. */
export function stepSource(world: World, intake: () => Intake | undefined): StepSource {
  const by = (tenant: string) => ({ sender: { tenant, key: KEY, pins: {} }, now: world.clock.now() });
  return {
    async steps(tenant, steps: readonly PostedStep[]) {
      const open = intake();
      return open === undefined ? unavailable : told(await takePostedSteps(open, steps, by(tenant)));
    },
    async outcome(tenant, outcome) {
      const open = intake();
      return open === undefined ? unavailable : told(await takePostedOutcome(open, outcome, by(tenant)));
    },
    async withdraw(tenant, id) {
      const open = intake();
      return open === undefined ? unavailable : told(await open.withdrawOutcome(tenant, id));
    },
  };
}

const unavailable = err({ type: "unavailable" } as const);

type Problem =
  | { readonly type: "not-written" | "too-fast" }
  | { readonly type: "bad-field"; readonly path: string; readonly detail: string };

function told<Value>(taken: Result<Value, Problem>) {
  if (taken.ok) return ok(taken.value);
  const { error } = taken;
  return error.type === "bad-field" ? err(error) : unavailable;
}
