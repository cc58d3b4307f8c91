const CHARACTERS_MAX = 180;
const UNNAMED = "document";

/** Converse takes no document without a name, no other signs than these in one, and no name twice. */
export class DocumentNames {
  readonly #used = new Set<string>();

  fit(name: string | undefined): string {
    const plain = (name ?? "")
      .replaceAll(/[^A-Za-z0-9\s()[\]-]/g, "-")
      .replaceAll(/\s+/g, " ")
      .trim()
      .slice(0, CHARACTERS_MAX);
    const wanted = plain === "" ? UNNAMED : plain;
    let fitted = wanted;
    for (let count = 2; this.#used.has(fitted); count += 1) fitted = `${wanted} (${count})`;
    this.#used.add(fitted);
    return fitted;
  }
}
