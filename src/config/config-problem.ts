export type ConfigProblemCode =
  | "invalid_yaml"
  | "empty_file"
  | "duplicate_field"
  | "too_large"
  | "too_many_aliases"
  | "unknown_field"
  | "missing_field"
  | "invalid_value"
  | "not_built"
  | "unknown_provider"
  | "duplicate_name"
  | "missing_secret"
  | "weak_secret"
  | "invalid_secret"
  | "missing_file"
  | "invalid_certificate"
  | "invalid_private_key"
  | "wrong_private_key"
  | "certificate_not_yet_valid"
  | "certificate_expired";

/** One thing that is wrong with a configuration file; never holds a secret, even one that stands where it should not. */
export interface ConfigProblem {
  readonly code: ConfigProblemCode;
  /** `providers.openai.api_key`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** `tare.yaml:3:5  providers.openai.formt: unknown field; did you mean format?` */
export function describeConfigProblem(problem: ConfigProblem, file: string): string {
  const { path, line, column, message, suggestion } = problem;
  const place = path === "" ? "" : `${path}: `;
  const meant = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
  return `${file}:${line}:${column}  ${place}${message}${meant}`;
}

export type ConfigPath = readonly (string | number)[];

/** `routes.support.targets[0]`; names that hold a dot or a space are quoted. */
export function pathText(path: ConfigPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else {
      const name = /^[\w/:@-]+$/.test(part) ? part : JSON.stringify(part);
      text += text === "" ? name : `.${name}`;
    }
  }
  return text;
}
