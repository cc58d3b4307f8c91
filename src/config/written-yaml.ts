import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import { type YAMLError, type YAMLMap } from "yaml";
import { err, ok, type Result } from "#std";
import { type ConfigPath, type ConfigProblem } from "./config-problem.ts";

/** A file as it was written: its plain value, and where each part of it stands. */
export interface WrittenYaml {
  readonly plain: unknown;
  /** Repeated fields; the value is usable all the same, so that other problems can be told at once. */
  readonly problems: readonly ConfigProblem[];
  /** Line and column from 1 of what stands at the path, or of the nearest part around it that exists. */
  locate(path: ConfigPath, part: "key" | "value"): { readonly line: number; readonly column: number };
}

const CONFIG_BYTES_MAX = 1024 * 1024;
const ALIASES_MAX = 100;
// One bracket that is left open can be noticed hundreds of times.
const SYNTAX_PROBLEMS_MAX = 20;
const yamlOptions = { prettyErrors: false, uniqueKeys: true, schema: "core", logLevel: "error" } as const;
const START = { line: 1, column: 1 };

/** Reads one YAML document of at most 1 MiB, each field once, with at most a hundred aliases unfolded. */
export function readWrittenYaml(text: string): Result<WrittenYaml, readonly ConfigProblem[]> {
  if (Buffer.byteLength(text) > CONFIG_BYTES_MAX)
    return err([{ code: "too_large", path: "", ...START, message: "the file is larger than 1 MiB" }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { ...yamlOptions, lineCounter: lines });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const wrong = [...document.errors, ...document.warnings];
  const deep = wrong.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  const told = deep === undefined ? wrong.slice(0, SYNTAX_PROBLEMS_MAX) : [deep];
  const problems = told.map((error) => toProblem(error, place(error.pos[0])));
  problems.push(...strayAliases(document, place));
  if (problems.some(({ code }) => code !== "duplicate_field")) return err(problems);
  const plain = unfold(() => document.toJS({ maxAliasCount: ALIASES_MAX }));
  if (!plain.ok) return err([...problems, { code: "too_many_aliases", path: "", ...START, message: plain.error }]);

  const locate: WrittenYaml["locate"] = (path, part) => {
    const offset = findOffset(document.contents, path, part);
    return offset === undefined ? START : place(offset);
  };
  return ok({ plain: plain.value, problems, locate });

  function findOffset(contents: Node | null, path: ConfigPath, part: "key" | "value"): number | undefined {
    let node: unknown = contents;
    let offset: number | undefined;
    for (const [index, name] of path.entries()) {
      const resolved = resolveAlias(node);
      const isLast = index === path.length - 1;
      if (isMap(resolved)) {
        const pair = pairOf(resolved, String(name));
        if (pair === undefined) break;
        node = pair.value;
        offset = (isLast && part === "key" ? undefined : startOf(node)) ?? startOf(pair.key) ?? offset;
      } else if (isSeq(resolved)) {
        node = resolved.items[Number(name)];
        offset = startOf(node) ?? offset;
      } else break;
    }
    return offset;
  }

  function resolveAlias(node: unknown): unknown {
    return node instanceof Object && "resolve" in node && typeof node.resolve === "function"
      ? node.resolve(document)
      : node;
  }
}

function strayAliases(document: Document, place: (offset: number) => { line: number; column: number }) {
  const found: ConfigProblem[] = [];
  let aliases = 0;
  visit(document, {
    Alias: (_, alias) => {
      aliases += 1;
      // Each look-up walks the file up to the alias: a megabyte of them would take minutes.
      if (aliases > ALIASES_MAX) return visit.BREAK;
      if (alias.resolve(document) !== undefined) return undefined;
      const message = `not valid YAML: nothing is anchored as ${alias.source} before this`;
      found.push({ code: "invalid_yaml", path: "", ...place(alias.range?.[0] ?? 0), message });
      return undefined;
    },
  });
  return found;
}

function unfold(make: () => unknown): Result<unknown, string> {
  try {
    return ok(make());
  } catch (error) {
    if (error instanceof ReferenceError) return err("aliases unfold to more than a hundred copies");
    throw error;
  }
}

function pairOf(map: YAMLMap, name: string) {
  return map.items.find(({ key }) => String(isScalar(key) ? key.value : key) === name);
}

function startOf(node: unknown): number | undefined {
  if (!(node instanceof Object) || !("range" in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === "number" ? start : undefined;
}

function toProblem(error: YAMLError, at: { line: number; column: number }): ConfigProblem {
  if (error.code === "DUPLICATE_KEY")
    return { code: "duplicate_field", path: "", ...at, message: "this field stands twice; keep one" };
  if (error.code === "MULTIPLE_DOCS") {
    const message = "not valid YAML: a second document begins here, and a file holds one";
    return { code: "invalid_yaml", path: "", ...at, message };
  }
  const says = error.code === "RESOURCE_EXHAUSTION" ? "nested too deep" : error.message;
  return { code: "invalid_yaml", path: "", ...at, message: `not valid YAML: ${says}` };
}
