import type { Problem } from "#contract";

/** Why an answer is missing. `unreachable`: no answer came; `slow`: none yet; `unreadable`: what came is not the API's. */
export type ProblemCause =
  | "signed-out"
  | "forbidden"
  | "missing"
  | "refused"
  | "broken"
  | "unreachable"
  | "slow"
  | "unreadable";

/** Thrown, because the query cache tells answers from problems by rejection. */
export class ProblemError extends Error {
  readonly reason: ProblemCause;
  readonly problem: Problem | undefined;

  constructor(reason: ProblemCause, problem?: Problem) {
    super(problem === undefined ? reason : `${problem.title}: ${problem.detail}`);
    this.name = "ProblemError";
    this.reason = reason;
    this.problem = problem;
  }
}

export function reasonOf(status: number): ProblemCause {
  if (status === 401) return "signed-out";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  return status >= 500 ? "broken" : "refused";
}
