import { type FaultKind, faultKinds } from "./faults.ts";

/**
 * What a prompt may ask of a simulated provider: `[[simulate output=44 reasoning=10 fault=cut]]`, anywhere in the body;
 * the last one counts. This is how the workload gives answers the lengths of a trace, and how tests force a fault
 * through a gateway that forwards no unknown header.
 */
export interface Directive {
  /** Tokens of the visible answer, for each choice. */
  readonly output?: number;
  readonly reasoning?: number;
  readonly fault?: FaultKind | "none";
  /** Whether a tool that is offered is used. */
  readonly tool?: "always" | "never";
}

const MARK = "[[simulate ";

export function readDirective(body: string): Directive {
  const from = body.lastIndexOf(MARK);
  if (from === -1) return {};
  const to = body.indexOf("]]", from);
  if (to === -1) return {};
  const words = new Map(
    body
      .slice(from + MARK.length, to)
      .split(" ")
      .map((word): [string, string] => {
        const at = word.indexOf("=");
        return [word.slice(0, at), word.slice(at + 1)];
      }),
  );
  const output = wholeNumber(words.get("output"));
  const reasoning = wholeNumber(words.get("reasoning"));
  const fault = [...faultKinds, "none" as const].find((kind) => kind === words.get("fault"));
  const tool = (["always", "never"] as const).find((choice) => choice === words.get("tool"));
  return {
    ...(output !== undefined && { output }),
    ...(reasoning !== undefined && { reasoning }),
    ...(fault !== undefined && { fault }),
    ...(tool !== undefined && { tool }),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}
