/** The section `alerts` of tare.yaml. */
import { z } from "zod";
import { type Secret, SecretText } from "#units";
import { alertTypes, type AlertType } from "./alert-news.ts";

export const formats = ["json", "slack"] as const;

/** Where alerts go, with the secrets opened. */
export interface AlertSettings {
  /** Passes `webhookProblem`. A secret, since addresses of Slack are ones. */
  readonly url: Secret;
  readonly secret: Secret | undefined;
  readonly format: (typeof formats)[number];
  readonly events: readonly AlertType[];
}

export const AlertsSection = z.strictObject({
  url: SecretText.describe(
    "The webhook that is told: https, or http on this machine. `${NAME}` or `file:/path` where the address is a secret, as Slack's are.",
  ),
  secret: SecretText.optional().describe(
    "What each message is signed with (HMAC-SHA256), so that its receiver knows that it is ours; see docs/budgets.md.",
  ),
  format: z
    .enum(formats)
    .default("json")
    .describe("`json` for programs; `slack` for an incoming webhook of Slack or of what takes the same."),
  events: z
    .array(z.enum(alertTypes))
    .min(1)
    .default([...alertTypes])
    .describe("Which alerts are sent; the others are only listed. All by default."),
});

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Why nothing may be sent to this address; undefined when something may. */
export function webhookProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return "write an address that begins with https://";
  if (url.username !== "" || url.password !== "")
    return "a user and password in the address are not sent; take them out";
  if (url.hash !== "") return "what stands behind # is not sent; take it out";
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname))
    return "alerts leave this machine only by https; http is for localhost";
  return undefined;
}
