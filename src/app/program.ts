import { extname } from "node:path";

/** A program of this folder that runs in a process or thread of its own; TypeScript here, JavaScript in the built package. */
export function program(name: "count-tokens-thread" | "demo-process" | "gateway-thread" | "office-process"): URL {
  return new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url);
}
