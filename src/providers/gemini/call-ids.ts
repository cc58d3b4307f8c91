import { digestId } from "../tool-call-id.ts";

/** Ids of calls for a format that may leave them out: then a result belongs to the first open call of its name. */
export class CallIds {
  readonly #open = new Map<string, string[]>();
  #calls = 0;

  called(name: string, given: string | undefined): string {
    const id = given ?? digestId("gemini", name, String(this.#calls));
    this.#calls += 1;
    this.#open.set(name, [...(this.#open.get(name) ?? []), id]);
    return id;
  }

  answered(name: string, given: string | undefined): string {
    const open = this.#open.get(name) ?? [];
    const id = given ?? open[0] ?? digestId("gemini", name, "unknown");
    this.#open.set(
      name,
      open.filter((one) => one !== id),
    );
    return id;
  }
}
