import { type Change } from "#books";
import { assert } from "#std";
import { type World } from "#world";
import { type Caller } from "./doorkeeper.ts";

/** What the audit is to say of a change that is made now. */
export function changeBy(caller: Caller | undefined, { chance, clock }: World): Change {
  assert(caller !== undefined, "a route that changes something is reached by somebody");
  return { audit: chance.id("audit"), who: caller.who, at: clock.now() };
}
