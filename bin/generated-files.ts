/** Files that are made from the source; `npm run generate` writes them, and a test compares them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configDocs } from "#config";
import { refusals } from "#gateway";
import { faultsTable } from "./faults-table.ts";
import { metricsTable } from "./metrics-table.ts";

const root = join(import.meta.dirname, "..");

export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export function generatedFiles(): readonly GeneratedFile[] {
  const { schema, table } = configDocs();
  return [
    { path: "tare.schema.json", text: `${JSON.stringify(schema, null, 2)}\n` },
    { path: "docs/config.md", text: withGenerated("docs/config.md", table) },
    { path: "docs/errors.md", text: withGenerated("docs/errors.md", refusalTable()) },
    { path: "docs/metrics.md", text: withGenerated("docs/metrics.md", metricsTable()) },
    { path: "docs/failure-modes.md", text: withGenerated("docs/failure-modes.md", faultsTable()) },
  ];
}

const START = "<!-- made by `npm run generate` -->";
const END = "<!-- end -->";

/** The file as it stands, with what is between its two marks replaced. */
function withGenerated(path: string, generated: string): string {
  const text = readFileSync(join(root, path), "utf8");
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} has lost its marks for the generated part`);
  return `${before}${START}\n\n${generated}\n\n${END}${after}`;
}

function refusalTable(): string {
  const rows = Object.entries(refusals).map(([code, { status, shouldRetry, message }]) => {
    const who = code.startsWith("upstream_") ? "failure" : "refusal";
    return `| \`${code}\` | ${status} | ${who} | ${shouldRetry ? "yes" : "no"} | ${message.replaceAll("|", "\\|")} |`;
  });
  return ["| code | status | | try again | message |", "|---|---|---|---|---|", ...rows].join("\n");
}
