import { type WireFormat } from "#providers";
import { type Snapshot } from "./snapshot.ts";

type ListedModel = Parameters<NonNullable<WireFormat["models"]>["one"]>[0];

/** The names that calls may ask for, read once from each configuration: its price book has some ten thousand rows. */
export class KnownModels {
  #snapshot: Snapshot | undefined;
  #models: ReadonlyMap<string, ListedModel> = new Map();

  /** By name, routes first. */
  of(snapshot: Snapshot): ReadonlyMap<string, ListedModel> {
    if (snapshot !== this.#snapshot) {
      this.#models = modelsIn(snapshot);
      this.#snapshot = snapshot;
    }
    return this.#models;
  }
}

function modelsIn({ table, prices }: Snapshot): ReadonlyMap<string, ListedModel> {
  const priced = new Map<string, ListedModel>();
  for (const { name } of table.providers) {
    for (const row of prices.search({ provider: name }).rows) {
      const id = `${name}/${row.model}`;
      const writesText = row.class === "output_text" || priced.get(id)?.writesText === true;
      priced.set(id, { id, owner: name, writesText });
    }
  }
  const all = new Map<string, ListedModel>();
  for (const { name: id, targets } of table.routes.values()) {
    const known = targets.map(({ provider, model }) => priced.get(`${provider.name}/${model}`)?.writesText);
    const writesText = known.includes(true) || known.find((one) => one !== undefined);
    all.set(id, { id, owner: "tare", writesText });
  }
  for (const [id, model] of priced) if (!all.has(id)) all.set(id, model);
  return all;
}
