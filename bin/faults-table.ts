/** The rows of docs/failure-modes.md: what tests say of the faults that they inject, read out of their text. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const CALL = /\bfault\(\{([\s\S]*?)\n\s*\}\)/g;
const FIELD = /\b(name|users|lost|recovery|within):\s*("(?:[^"\\]|\\.)*")/g;
const ASSERTED = /\brecover(?:s|edAfter)\(\s*("(?:[^"\\]|\\.)*")/g;

/** One row for each `fault({ … })` in a test, by file and place. */
export function faultsTable(): string {
  const rows = ["e2e", "src"].flatMap(testsIn).flatMap(rowsOf);
  return ["| what fails | users see | what is lost | all is as before | test |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function testsIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .toSorted();
}

function rowsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), "utf8");
  const asserted = new Set([...text.matchAll(ASSERTED)].map(([, name = ""]): unknown => JSON.parse(name)));
  return [...text.matchAll(CALL)].map(([, body = ""]) => {
    const said = Object.fromEntries(
      [...body.matchAll(FIELD)].map(([, field = "", value = ""]) => [field, JSON.parse(value)]),
    );
    const [name, users, lost, recovery, within] = ["name", "users", "lost", "recovery", "within"].map((field) => {
      const value: unknown = said[field];
      // A template or a variable would not be read here, and a row of holes says nothing.
      if (typeof value !== "string") throw new Error(`${file}: a fault whose ${field} is no text in double quotes`);
      return value;
    });
    // A bound that no test holds it to would be a guess.
    if (!asserted.has(name)) throw new Error(`${file}: nothing asserts how soon all is as before: ${name}`);
    const cells = [name, users, lost, `within ${within}: ${recovery}`].map((cell = "") => cell.replaceAll("|", "\\|"));
    return `| ${cells.join(" | ")} | \`${file}\` |`;
  });
}
