import { webhookProblem } from "#alerts";
import { unreachable } from "#std";
import { type Instant, Secret, type SecretReference, SecretText, SettingText } from "#units";
import { type ConfigPath, type ConfigProblem, pathText } from "./config-problem.ts";
import { valueAt } from "./schema-problems.ts";
import { type WrittenYaml } from "./written-yaml.ts";

/** Where secrets come from; nothing else of the environment is read. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; undefined when it cannot be read. */
  readonly readSecretFile: (path: string) => string | undefined;
  /** Where a certificate that is out of its time is to be a problem. */
  readonly now?: Instant;
}

export interface FoundSecrets {
  readonly problems: readonly ConfigProblem[];
  /** Paths of secrets that stand in the file itself. */
  readonly inClear: readonly string[];
  /** Undefined where the field is absent, `none`, or in error. */
  at(path: ConfigPath): Secret | undefined;
}

// Shorter ones are words that people use elsewhere, and can be guessed.
const STATIC_KEY_LENGTH_MIN = 8;
const SIGNING_LENGTH_MIN = 16;
const HEADER_TEXT = /^[\x21-\x7e]+$/;
/** A whole header, which may be a scheme, a space and a token. */
const HEADER_VALUE = /^[\x20-\x7e]+$/;

/** Looks up every secret that the file refers to, also when other parts of it are wrong, so that all is told at once. */
export function findSecrets(yaml: WrittenYaml, sources: SecretSources): FoundSecrets {
  const problems: ConfigProblem[] = [];
  const found = new Map<string, Secret>();
  const seen = new Map<string, string>();
  const inClear: string[] = [];
  for (const { path, use } of secretPaths(yaml.plain)) {
    const reference = referenceIn(valueAt(yaml.plain, path), use);
    if (reference === undefined) continue;
    if (reference.type === "in-clear" && !mayBeInClear.has(use)) inClear.push(pathText(path));
    const text = readReference(reference, sources);
    const told = text === undefined ? absent(reference) : problemOf(text, { use, seen });
    if (told !== undefined) problems.push({ ...told, path: pathText(path), ...yaml.locate(path, "value") });
    else if (text !== undefined) found.set(pathText(path), new Secret(text));
    if (use === "static-key" && text !== undefined) seen.set(text, pathText(path));
  }
  return { problems, inClear, at: (path) => found.get(pathText(path)) };
}

/** Undefined where there is none, or what is written is not of its form, which the schema tells. */
function referenceIn(written: unknown, use: Use): SecretReference | undefined {
  if (written === "none" && use === "credential") return undefined;
  const reference = (use === "setting" ? SettingText : SecretText).safeParse(written);
  return reference.success ? reference.data : undefined;
}

/** Only addresses that are secrets need to be hidden, and whoever writes one down has decided. */
const mayBeInClear: ReadonlySet<Use> = new Set(["address", "setting"]);

/** credential, admin-key: sent in a header; a credential may be `none`. header: a whole one. address: where something is sent. signing: never leaves. setting: no secret, but may come from the environment too. */
type Use = "static-key" | "credential" | "admin-key" | "header" | "address" | "signing" | "setting";

const cloudSecrets: readonly (readonly [path: ConfigPath, use: Use])[] = [
  [["aws", "access_key_id"], "credential"],
  [["aws", "secret_access_key"], "signing"],
  [["aws", "session_token"], "credential"],
  [["aws", "web_identity", "role"], "setting"],
  [["aws", "web_identity", "token_file"], "setting"],
  [["aws", "web_identity", "sts_url"], "setting"],
  [["aws", "container", "url"], "setting"],
  [["aws", "container", "token_file"], "setting"],
  [["aws", "container", "token"], "header"],
  [["aws", "instance", "url"], "setting"],
  [["azure", "entra", "tenant"], "setting"],
  [["azure", "entra", "client"], "setting"],
  [["azure", "entra", "client_secret"], "signing"],
  [["azure", "entra", "token_file"], "setting"],
  [["azure", "entra", "authority"], "setting"],
  [["azure", "managed_identity", "client"], "setting"],
  [["azure", "managed_identity", "url"], "setting"],
  [["vertex", "service_account"], "signing"],
  [["vertex", "metadata", "url"], "setting"],
  [["vertex", "external_account"], "signing"],
];

function secretPaths(plain: unknown): readonly { readonly path: ConfigPath; readonly use: Use }[] {
  const providers = valueAt(plain, ["providers"]);
  const keys = valueAt(plain, ["keys"]);
  const names = typeof providers === "object" && providers !== null ? Object.keys(providers) : [];
  const count = Array.isArray(keys) ? keys.length : 0;
  const headers = valueAt(plain, ["telemetry", "otlp", "headers"]);
  const reports = valueAt(plain, ["reports"]);
  return [
    ...names.map((name) => ({ path: ["providers", name, "api_key"], use: "credential" as const })),
    ...names.flatMap((name) => cloudSecrets.map(([path, use]) => ({ path: ["providers", name, ...path], use }))),
    ...names.flatMap((name) => {
      const more = valueAt(plain, ["providers", name, "more_keys"]);
      const places = Array.isArray(more) ? [...more.keys()] : [];
      return places.map((place) => ({ path: ["providers", name, "more_keys", place], use: "credential" as const }));
    }),
    ...Array.from({ length: count }, (_, index) => ({ path: ["keys", index, "secret"], use: "static-key" as const })),
    ...(typeof reports === "object" && reports !== null ? Object.keys(reports) : []).map((name) => ({
      path: ["reports", name, "admin_key"],
      use: "admin-key" as const,
    })),
    ...exporterPaths(plain).map((path) => ({ path, use: "header" as const })),
    { path: ["alerts", "url"], use: "address" },
    { path: ["alerts", "secret"], use: "signing" },
    ...(typeof headers === "object" && headers !== null ? Object.keys(headers) : []).map((name) => ({
      path: ["telemetry", "otlp", "headers", name],
      use: "header" as const,
    })),
  ];
}

function exporterPaths(plain: unknown): readonly ConfigPath[] {
  const meters = valueAt(plain, ["meters"]);
  return (Array.isArray(meters) ? [...meters.keys()] : []).flatMap((index) => {
    const exporters = valueAt(plain, ["meters", index, "exporters"]);
    const places = Array.isArray(exporters) ? [...exporters.keys()] : [];
    return places.map((place) => ["meters", index, "exporters", place, "authorization"]);
  });
}

function readReference(reference: SecretReference, { env, readSecretFile }: SecretSources): string | undefined {
  const trimmed = textOf(reference, { env, readSecretFile })?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function textOf(reference: SecretReference, { env, readSecretFile }: SecretSources): string | undefined {
  switch (reference.type) {
    case "environment":
      return env[reference.name];
    case "file":
      return readSecretFile(reference.path);
    case "in-clear":
      return reference.text;
    default:
      return unreachable(reference);
  }
}

type Told = Pick<ConfigProblem, "code" | "message">;

function absent(reference: SecretReference): Told {
  const place = reference.type === "environment" ? `the environment variable ${reference.name}` : "the file";
  const message =
    reference.type === "file" ? `${place} ${reference.path} cannot be read or is empty` : `${place} is not set`;
  return { code: "missing_secret", message };
}

function problemOf(
  text: string,
  { use, seen }: { readonly use: Use; readonly seen: ReadonlyMap<string, string> },
): Told | undefined {
  switch (use) {
    case "static-key":
      return weakness(text, seen);
    case "setting":
      return undefined;
    case "credential":
    case "admin-key":
      return unsendable(text);
    case "header":
      return HEADER_VALUE.test(text) ? undefined : UNSENDABLE;
    case "address": {
      const message = webhookProblem(text);
      return message === undefined ? undefined : { code: "invalid_value", message };
    }
    case "signing":
      return text.length < SIGNING_LENGTH_MIN
        ? { code: "weak_secret", message: `a secret to sign with has at least ${SIGNING_LENGTH_MIN} characters` }
        : undefined;
    default:
      return unreachable(use);
  }
}

function weakness(text: string, seen: ReadonlyMap<string, string>): Told | undefined {
  const twin = seen.get(text);
  if (twin !== undefined) return { code: "duplicate_name", message: `is the same secret as ${twin}` };
  if (text.length < STATIC_KEY_LENGTH_MIN)
    return { code: "weak_secret", message: `a key's secret has at least ${STATIC_KEY_LENGTH_MIN} characters` };
  return unsendable(text);
}

function unsendable(text: string): Told | undefined {
  return HEADER_TEXT.test(text) ? undefined : UNSENDABLE;
}

const UNSENDABLE: Told = {
  code: "invalid_secret",
  message: "the secret holds spaces or characters that no HTTP header can carry",
};
