import { type Instant } from "#units";
import { type Allocation } from "./allocation.ts";

/** A month's allocation with how it stands. */
export interface Standing {
  readonly allocation: Allocation;
  readonly currency: string;
  readonly revision: string;
  readonly bookedUntil: Instant;
  readonly closedAt: Instant | undefined;
}
