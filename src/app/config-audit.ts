import { z } from "zod";
import { type KeyRecord } from "#access";
import { type Books } from "#books";
import { type Config } from "#config";
import { type World } from "#world";

export interface ConfigAuditOptions {
  readonly world: World;
  readonly books: Books;
}

const Noted = z.object({ revision: z.string(), sections: z.record(z.string(), z.string()) });
type Noted = z.infer<typeof Noted>;
/** JSON of each section by its name. */
type Sections = Readonly<Noted["sections"]>;

/** Where the books keep what was noted last. */
const KEPT = "config-noted";
/** Of one section; a line of the audit is to be read. */
const CHARACTERS_MAX = 4_000;

/**
 * Notes in the audit what a new tare.yaml has changed, section by section, from what to what: while everything runs, and at
 * the next start when it was changed in between. Secrets print as [secret], and keys without their digests.
 */
export class ConfigAudit {
  readonly #options: ConfigAuditOptions;

  constructor(options: ConfigAuditOptions) {
    this.#options = options;
  }

  /** Nothing happens when this revision of the file was noted last. */
  async note(config: Config, keys: readonly KeyRecord[]): Promise<void> {
    const { world, books } = this.#options;
    const { revision } = config;
    const sections = sectionsOf(config, keys);
    const text = await books.settings.get(KEPT);
    const noted = text === undefined ? undefined : Noted.parse(JSON.parse(text));
    if (noted?.revision === revision) return;
    const change = { audit: world.chance.id("audit"), who: "tare.yaml", at: world.clock.now() };
    const before = noted === undefined ? undefined : told(noted, sections);
    const after = told({ revision, sections }, noted?.sections ?? sections);
    await books.audit.add(change, { action: "config-changed", subject: "config", before, after });
    await books.settings.set(KEPT, JSON.stringify({ revision, sections }));
  }
}

function sectionsOf(config: Config, keys: readonly KeyRecord[]): Noted["sections"] {
  const { revision: _, ...sections } = { ...config, keys: keys.map(({ digest: __, createdAt: ___, ...key }) => key) };
  return Object.fromEntries(
    Object.entries(sections).flatMap(([name, section]) => {
      // A section that is not there has no JSON.
      const text: string | undefined = JSON.stringify(section, plain);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** The revision, and of the sections those that are not as in `other`. */
function told({ revision, sections }: Noted, other: Sections): string {
  const changed = Object.entries(sections).filter(([name, text]) => other[name] !== text);
  const parts = changed.map(([name, text]) => `${JSON.stringify(name)}:${shortened(text)}`);
  return `{${[`"revision":${JSON.stringify(revision)}`, ...parts].join(",")}}`;
}

function shortened(text: string): string {
  return text.length <= CHARACTERS_MAX ? text : JSON.stringify(`${text.slice(0, CHARACTERS_MAX)}…`);
}
