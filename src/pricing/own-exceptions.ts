/** Changes of price that look like slips of the pen and are true, each with who says so. */
import { type PriceRow } from "./price-row.ts";

export interface Exception {
  /** Beginning of the ids of the rows that are believed. */
  readonly rows: string;
  readonly from: string;
  readonly source: string;
}

const deepseek = "https://api-docs.deepseek.com/quick_start/pricing and pydantic/genai-prices issue 582";

const changes: readonly Exception[] = [
  {
    rows: "seed:openai/o3:",
    from: "2025-06-10",
    source: "https://platform.openai.com/docs/pricing: o3 fell by 80 %; Portkey-AI/models f654307 has the same rates",
  },
  {
    rows: "seed:openai/gpt-5.6-luna:",
    from: "2026-07-30",
    source: "https://developers.openai.com/api/docs/pricing; Portkey-AI/models f654307 has the same rates",
  },
  {
    rows: "seed:mistral/mistral-medium-latest:",
    from: "2026-06-16",
    source: "https://github.com/mistralai/platform-docs-public: the alias moved from Medium 3.1 to Medium 3.5",
  },
  { rows: "seed:deepseek/deepseek-v4-flash:", from: "2026-08-17", source: deepseek },
  { rows: "seed:deepseek/deepseek-v4-pro:", from: "2026-08-17", source: deepseek },
];

/** The exception that lets a row change more than twofold. */
export function changeException(row: PriceRow): Exception | undefined {
  const day = row.from === undefined ? undefined : new Date(row.from).toISOString().slice(0, 10);
  return changes.find((change) => change.from === day && row.id.startsWith(change.rows));
}
