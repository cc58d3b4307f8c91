import { type AttemptDispatched } from "#events";
import { type Cost } from "#inference";
import { type Money } from "#units";

/** An answer or file that a provider keeps: who may refer to it, and where it is. Plain, so that it crosses threads. */
export interface AnswerPin {
  readonly tenant: string;
  /** The provider's own id. */
  readonly answer: string;
  /** Name of the provider in the configuration. */
  readonly provider: string;
  readonly model: string | undefined;
  /** What was booked before the answer was finished; its truth is booked when it is read back. */
  readonly background:
    | { readonly dispatched: AttemptDispatched; readonly before: { readonly cost: Cost; readonly residual: Money } }
    | undefined;
}
