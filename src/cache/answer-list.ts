/** What stands in a list of answers, between its neighbours. */
export interface Linked<Item> {
  newer: Item | undefined;
  older: Item | undefined;
}

/** In the order of use. Items are linked and not in a map: a map that changes with every call keeps dead calls alive. */
export class AnswerList<Item extends Linked<Item>> {
  #newest: Item | undefined;
  #oldest: Item | undefined;

  get oldest(): Item | undefined {
    return this.#oldest;
  }

  /** As the newest. */
  add(item: Item): void {
    item.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = item;
    this.#newest = item;
    this.#oldest ??= item;
  }

  remove(item: Item): void {
    if (item.newer === undefined) this.#newest = item.older;
    else item.newer.older = item.older;
    if (item.older === undefined) this.#oldest = item.newer;
    else item.older.newer = item.newer;
    item.newer = undefined;
    item.older = undefined;
  }
}
