/** Compares our reading of controlled keys with that of JSON.parse, on bodies and on mutations of them. */
import { scanAsk } from "./ask-fields.ts";
import { type JsonFindings } from "./json-findings.ts";
import { type JsonPaths } from "./json-paths.ts";
import { DEPTH_MAX } from "./json-scan.ts";
import { type BadAsk } from "./ask-source.ts";

/** What went differently; undefined when both readers agree. */
export function findDifference(body: Buffer, paths: JsonPaths): string | undefined {
  const scanned = scanAsk(body, paths);
  const parsed = parsePlainly(body);
  if (scanned.ok) {
    if (parsed === undefined) return "accepted what JSON.parse refuses";
    return differingValue(scanned.value, parsed.value, paths);
  }
  return differingRefusal(scanned.error, parsed, body);
}

/** Makes mutations that are the same for the same seed: xoshiro128**. */
export function mutator(seed: number): (body: Buffer) => Buffer {
  const state = Uint32Array.from([seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162]);
  const next = (limit: number) => step(state) % Math.max(limit, 1);
  return (body) => {
    let mutated = body;
    for (let times = 1 + next(3); times > 0; times -= 1) mutated = mutateOnce(mutated, next);
    return mutated;
  };
}

const fragments = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "-",
  "0",
  "1e5",
  ".",
  "\\u0041",
  "\\ud800",
  "\\u00",
  "null",
  "true",
  "\n",
  "\u0001",
  "é",
  "𝄞",
  "\ufeff",
  '"model":"other",',
  '"mod\\u0065l":"x",',
  '"Stream":true,',
  '"max_tokens":1.0,',
  '"n":-0,',
  '"metadata":{},',
  '"ſtream":1,',
  "[[[[[[[[[[[[[[[[[[[[",
  "]]]]]]]]]]]]]]]]]]]]",
  '{"a":{"a":{"a":{"a":',
];

function mutateOnce(body: Buffer, next: (limit: number) => number): Buffer {
  const at = next(body.length + 1);
  const length = next(12);
  switch (next(6)) {
    case 0:
      return Buffer.concat([body.subarray(0, at), body.subarray(at + length)]);
    case 1:
      return Buffer.concat([body.subarray(0, at), Buffer.from([next(256)]), body.subarray(at + 1)]);
    case 2:
      return Buffer.concat([body.subarray(0, at), body.subarray(at, at + length * 4), body.subarray(at)]);
    case 3:
      return body.subarray(0, at);
    default:
      return Buffer.concat([
        body.subarray(0, at),
        Buffer.from(fragments[next(fragments.length)] ?? ""),
        body.subarray(at),
      ]);
  }
}

function step(state: Uint32Array): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = state;
  const result = Math.imul(rotate(Math.imul(second, 5), 7), 9) >>> 0;
  const mixed = third ^ first;
  const last = fourth ^ second;
  state.set([first ^ last, second ^ mixed, mixed ^ (second << 9), rotate(last, 11)]);
  return result;
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function parsePlainly(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) };
  } catch {
    return undefined;
  }
}

/** A refusal of well-formed JSON is right only for what JSON.parse does not mind. */
function differingRefusal(
  error: BadAsk,
  parsed: { readonly value: unknown } | undefined,
  body: Buffer,
): string | undefined {
  switch (error.type) {
    case "invalid_json":
      if (parsed === undefined || !isObject(parsed.value)) return undefined;
      return `refused what JSON.parse accepts: ${error.detail} at ${error.at}`;
    case "too_deep":
      return parsed !== undefined && depthOf(parsed.value) <= DEPTH_MAX ? "refused as too deep" : undefined;
    case "ambiguous_field":
      return isOtherSpelling(body.toString("utf8", error.at), error.field)
        ? undefined
        : `${error.field} is not ambiguous`;
    default:
      return `refused as ${error.type}`;
  }
}

function isOtherSpelling(text: string, field: string): boolean {
  const key = /^"(?:[^"\\]|\\.)*"/.exec(text)?.[0];
  if (key === undefined) return false;
  return String(JSON.parse(key)).toUpperCase() === field.split(".").at(-1)?.toUpperCase();
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function differingValue(found: JsonFindings, value: unknown, paths: JsonPaths): string | undefined {
  for (const [slot, name] of paths.names.entries()) {
    if (name === "" || name.includes("[]") || name.includes("|")) continue;
    const ours = found.kind(slot) === undefined ? undefined : read(found, slot);
    const theirs = summary(reach(value, name.split(".")));
    if (ours !== theirs) return `${name} is ${theirs} and was read as ${ours}`;
  }
  return undefined;
}

function reach(value: unknown, keys: readonly string[]): unknown {
  let reached = value;
  for (const key of keys) reached = isObject(reached) && Object.hasOwn(reached, key) ? reached[key] : undefined;
  return reached;
}

function read(found: JsonFindings, slot: number): string | undefined {
  const kind = found.kind(slot);
  if (kind === "string") return `string ${found.text(slot)}`;
  if (kind === "number") return `number ${Number(found.raw(slot))}`;
  return kind === "array" ? `array ${found.count(slot)}` : kind;
}

function summary(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" || typeof value === "number") return `${typeof value} ${value}`;
  if (Array.isArray(value)) return `array ${value.length}`;
  return isObject(value) ? "object" : JSON.stringify(value);
}
