import { type Settlement } from "#events";
import { type Surroundings } from "../surroundings.ts";
import { type DispatchedAttempt } from "./dispatch.ts";
import { type AttemptFailure, errorOf } from "./failure.ts";
import { requestIdIn } from "./headers.ts";
import { type PreparedCall } from "./prepare.ts";
import { settle } from "./settle.ts";

/** Books an attempt of which the client has seen nothing. */
export function settleFailure(
  around: Surroundings,
  prepared: PreparedCall,
  {
    failed: { attempt, failure },
    callEnd,
  }: {
    readonly failed: { readonly attempt: DispatchedAttempt; readonly failure: AttemptFailure };
    readonly callEnd: boolean;
  },
): Settlement {
  const { facts, status, wasSent } = failure;
  const error = (failure.answer && errorOf(facts, status)) ?? failure.code;
  around.log("warn", "attempt-failed", {
    call: prepared.call.id,
    provider: attempt.event.provider,
    model: attempt.event.model,
    error,
    status,
  });
  return settle(around, prepared, {
    attempt,
    ending: {
      facts,
      status,
      wasSent,
      state: "failed",
      delivered: "none",
      error,
      callEnd,
      firstByteMs: failure.answer?.head.readyMs,
      firstContentMs: undefined,
      overheadMs: undefined,
      requestId: failure.answer && requestIdIn(failure.answer.head.headers, prepared.call.format),
      askedDelayMs: failure.askedDelayMs,
    },
  });
}
