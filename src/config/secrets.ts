import { Secret, type SecretReference, SecretText } from "#units";
import { type ConfigPath, type ConfigProblem, pathText } from "./config-problem.ts";
import { valueAt } from "./schema-problems.ts";
import { type WrittenYaml } from "./written-yaml.ts";

/** Where secrets come from; nothing else of the environment is read. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; undefined when it cannot be read. */
  readonly readSecretFile: (path: string) => string | undefined;
}

export interface FoundSecrets {
  readonly problems: readonly ConfigProblem[];
  /** Undefined where the field is absent, `none`, or in error. */
  at(path: ConfigPath): Secret | undefined;
}

// A guess at one of 16 characters is hopeless online, and shorter ones are words that people use elsewhere.
const STATIC_KEY_LENGTH_MIN = 16;
const HEADER_TEXT = /^[\x21-\x7e]+$/;

/** Looks up every secret that the file refers to, also when other parts of it are wrong, so that all is told at once. */
export function findSecrets(yaml: WrittenYaml, sources: SecretSources): FoundSecrets {
  const problems: ConfigProblem[] = [];
  const found = new Map<string, Secret>();
  const seen = new Map<string, string>();
  for (const { path, isStaticKey } of secretPaths(yaml.plain)) {
    const reference = SecretText.safeParse(valueAt(yaml.plain, path));
    if (!reference.success) continue;
    const text = readReference(reference.data, sources);
    const told = text === undefined ? absent(reference.data) : isStaticKey ? weakness(text, seen) : unsendable(text);
    if (told !== undefined) problems.push({ ...told, path: pathText(path), ...yaml.locate(path, "value") });
    else if (text !== undefined) found.set(pathText(path), new Secret(text));
    if (isStaticKey && text !== undefined) seen.set(text, pathText(path));
  }
  return { problems, at: (path) => found.get(pathText(path)) };
}

function secretPaths(plain: unknown): readonly { readonly path: ConfigPath; readonly isStaticKey: boolean }[] {
  const providers = valueAt(plain, ["providers"]);
  const keys = valueAt(plain, ["keys"]);
  const names = typeof providers === "object" && providers !== null ? Object.keys(providers) : [];
  const count = Array.isArray(keys) ? keys.length : 0;
  return [
    ...names.map((name) => ({ path: ["providers", name, "api_key"], isStaticKey: false })),
    ...Array.from({ length: count }, (_, index) => ({ path: ["keys", index, "secret"], isStaticKey: true })),
  ];
}

function readReference(reference: SecretReference, { env, readSecretFile }: SecretSources): string | undefined {
  const text = reference.type === "file" ? readSecretFile(reference.path) : env[reference.name];
  const trimmed = text?.trim();
  return trimmed === "" ? undefined : trimmed;
}

type Told = Pick<ConfigProblem, "code" | "message">;

function absent(reference: SecretReference): Told {
  const message =
    reference.type === "file"
      ? `the file ${reference.path} cannot be read or is empty`
      : `the environment variable ${reference.name} is not set`;
  return { code: "missing_secret", message };
}

function weakness(text: string, seen: ReadonlyMap<string, string>): Told | undefined {
  const twin = seen.get(text);
  if (twin !== undefined) return { code: "duplicate_name", message: `is the same secret as ${twin}` };
  if (text.length < STATIC_KEY_LENGTH_MIN)
    return { code: "weak_secret", message: `a key's secret has at least ${STATIC_KEY_LENGTH_MIN} characters` };
  return unsendable(text);
}

function unsendable(text: string): Told | undefined {
  if (HEADER_TEXT.test(text)) return undefined;
  return { code: "invalid_secret", message: "the secret holds spaces or characters that no HTTP header can carry" };
}
