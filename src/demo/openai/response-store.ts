import { type Generation } from "../generation.ts";
import { type ResponseBody, type ResponseStatus } from "./response-body.ts";

/** A response that is still being made, or was made after its call had been answered. */
interface Making {
  status(): ResponseStatus;
  cancel(): void;
}

/** A response that can be read and gone on from. */
export interface StoredResponse {
  readonly generation: Generation;
  readonly body: ResponseBody;
  readonly background: Making | undefined;
}

const RESPONSES_MAX = 10_000;

/** The latest 10,000 responses of a provider. */
export class ResponseStore {
  readonly #responses = new Map<string, StoredResponse>();

  keep(response: StoredResponse): void {
    this.#responses.set(response.generation.id, response);
    for (const oldest of this.#responses.keys()) {
      if (this.#responses.size <= RESPONSES_MAX) break;
      this.#responses.delete(oldest);
    }
  }

  find(id: string): StoredResponse | undefined {
    return this.#responses.get(id);
  }

  remove(id: string): boolean {
    return this.#responses.delete(id);
  }
}
