import { type ConfigUnread } from "./config-source.ts";

/** One line for a log or a page. */
export function describeUnread(unread: ConfigUnread): string {
  if (unread.type === "no-file") return `${unread.path} is not there`;
  return unread.problems.map(({ path, message, line }) => `${line}: ${path}: ${message}`).join("; ");
}
