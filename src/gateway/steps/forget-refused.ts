import { formatAt } from "#providers";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { type UpstreamHead } from "./relay.ts";

/** What an identity was given is not taken any more. A 403 alone may say only that it lacks a right. */
export function forgetRefused(
  { credentials }: Surroundings,
  { planned, atMs }: DispatchedAttempt,
  { status, headers }: Pick<UpstreamHead, "status" | "headers">,
): void {
  const { provider } = planned.target;
  const { format, cloud } = provider;
  const isRefused = status === 401 || (status === 403 && formatAt(format, cloud).saysExpired?.(headers) === true);
  if (isRefused) credentials.forget(provider, atMs);
}
