/** Section `reports` of tare.yaml. */
import { z } from "zod";
import { err, ok, type Result } from "#std";
import { DurationText, type Secret, SecretText } from "#units";
import { type ReportFormat, reportFormats } from "./report.ts";

const EVERY_MS_MIN = 60_000;

const ReportSection = z.strictObject({
  admin_key: SecretText.describe(
    "A key of the organisation's usage and cost reports, `${NAME}` or `file:/path`: an admin key, not one that models are called with. It is sent to `base_url` alone.",
  ),
  base_url: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .describe("Where the reports are asked for; the maker's own address without it. https beyond this machine."),
  every: DurationText.refine((ms) => ms >= EVERY_MS_MIN, { error: "at least 1m" })
    .prefault("6h")
    .describe("How often they are fetched."),
  days: z
    .int()
    .min(1)
    .max(31)
    .default(3)
    .describe("How many days each fetch asks for, today's among them: providers correct the last ones."),
});

export const ReportsSection = z.record(z.string().min(1).max(128), ReportSection);

/** Whose reports are fetched, from where, with the secret opened. */
export interface ReportSettings {
  /** The configured provider. */
  readonly provider: string;
  readonly format: ReportFormat;
  readonly origin: string;
  /** Without a slash at its end. */
  readonly basePath: string;
  readonly adminKey: Secret;
  readonly everyMs: number;
  readonly days: number;
}

const makers = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com",
} as const satisfies Readonly<Record<ReportFormat, string>>;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Where reports of a provider's format are asked for; the error is one sentence on why they cannot be. */
export function reportAddress(
  format: string,
  written: string | undefined,
): Result<Pick<ReportSettings, "format" | "origin" | "basePath">, string> {
  const known = reportFormats.find((each) => each === format);
  if (known === undefined) return err("only providers of the formats openai and anthropic have reports to fetch");
  const url = URL.parse(written ?? makers[known]);
  if (url === null || !/^https?:$/.test(url.protocol))
    return err("write an address that begins with https:// or http://");
  if (url.username !== "" || url.password !== "") return err("write no user and password: the key is sent in a header");
  if (url.search !== "" || url.hash !== "") return err("what stands behind ? or # is not sent; take it out");
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) return err("the key leaves this machine only by https");
  return ok({ format: known, origin: url.origin, basePath: url.pathname.replace(/\/+$/, "") });
}
