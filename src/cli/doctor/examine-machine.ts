import { availableParallelism } from "node:os";
import { z } from "zod";
import { fine, type Finding, unknown, warning } from "./finding.ts";

// Each running call holds two connections; a busy thread has a thousand of them, and DuckDB, segments and logs come on top.
const FILES_FINE = 8192;

const Limit = z.union([z.number(), z.literal("unlimited")]);
const Report = z.object({ userLimits: z.object({ open_files: z.object({ soft: Limit }) }) });

/** The limits that the system sets for this process; a service may have others, which its unit says. */
export function examineMachine(): readonly Finding[] {
  const report = Report.safeParse(process.report.getReport());
  return [ofFiles(report.data?.userLimits.open_files.soft), ofCores(availableParallelism())];
}

function ofFiles(soft: number | "unlimited" | undefined): Finding {
  const subject = "open files";
  if (soft === undefined) return unknown(subject, "this system does not tell its limit");
  if (soft === "unlimited" || soft >= FILES_FINE) return fine(subject, `${soft} allowed`);
  return warning(subject, `only ${soft} allowed; set ulimit -n or LimitNOFILE to 65536`);
}

function ofCores(cores: number): Finding {
  const subject = "cores";
  return cores >= 2
    ? fine(subject, `${cores}; \`threads: auto\` starts ${cores - 1} gateway thread${cores === 2 ? "" : "s"}`)
    : warning(subject, "one; the gateway and the office share it, so pages are slow while calls are many");
}
