/** `npm run generate`: writes what is made from the source. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedFiles } from "./generated-files.ts";

for (const { path, text } of generatedFiles()) {
  writeFileSync(join(import.meta.dirname, "..", path), text);
  console.log(path);
}
