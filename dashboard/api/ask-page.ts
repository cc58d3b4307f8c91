import { ProblemError } from "./problem-error.ts";

export type Shown<Page> = Page & {
  /** Whether the URL asked for a page that is not of this question. */
  readonly isElsewhere: boolean;
};

/** A cursor belongs to the question that it came with. One of another range or filter opens the first page. */
export async function askPage<Page extends object>(
  ask: (cursor: string | undefined) => Promise<Page>,
  cursor: string | undefined,
): Promise<Shown<Page>> {
  try {
    return { ...(await ask(cursor)), isElsewhere: false };
  } catch (problem) {
    const isOfCursor =
      problem instanceof ProblemError && problem.problem?.fields?.some(({ path }) => path === "cursor") === true;
    if (cursor === undefined || !isOfCursor) throw problem;
    return { ...(await ask(undefined)), isElsewhere: true };
  }
}
