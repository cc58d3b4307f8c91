import { type ConfigPath, type ConfigProblem } from "./config-problem.ts";

/** One provider as it is written, for checks. */
export interface Look {
  readonly at: (...path: ConfigPath) => unknown;
  readonly told: (path: ConfigPath, code: ConfigProblem["code"], message: string) => ConfigProblem;
  /** Undefined where the field is absent or in error. */
  readonly secretAt: (...path: ConfigPath) => string | undefined;
}

/** What is wrong with a field's text; nothing where it is absent, or wrong in itself. */
export function problemsIn(
  { told, secretAt }: Look,
  path: ConfigPath,
  problemOf: (text: string) => string | undefined,
): readonly ConfigProblem[] {
  const text = secretAt(...path);
  const message = text === undefined ? undefined : problemOf(text);
  return message === undefined ? [] : [told(path, "invalid_value", message)];
}

/** The ways to say who we are that a section has, by their fields' names; and a problem where they are several. */
export function waysIn(
  { at, told }: Look,
  section: string,
  ways: Readonly<Record<string, readonly string[]>>,
): { readonly given: readonly string[]; readonly problems: readonly ConfigProblem[] } {
  const given = Object.entries(ways).flatMap(([way, fields]) =>
    fields.some((field) => at(section, field) !== undefined) ? [way] : [],
  );
  const message = `${given.join(" and ")} say twice who asks; keep one of them`;
  return { given, problems: given.length > 1 ? [told([section], "invalid_value", message)] : [] };
}

/** Credentials of an identity and a key of the provider's are two ways as well. */
export function keyBeside({ at, told }: Look, way: string): readonly ConfigProblem[] {
  const more = at("more_keys");
  return [
    ...(at("api_key") === "none" ? [] : [told(["api_key"], "invalid_value", `has to be none where ${way} is set`)]),
    ...(Array.isArray(more) && more.length > 0
      ? [told(["more_keys"], "invalid_value", `has to be left out where ${way} is set`)]
      : []),
  ];
}

export function tokenFileProblem(text: string): string | undefined {
  return text.startsWith("/") ? undefined : "write the whole path, such as /var/run/secrets/tokens/token";
}
