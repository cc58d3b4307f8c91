import { AskParts } from "../ask-fields.ts";
import { type JsonFindings } from "../json-findings.ts";
import { askPaths } from "./ask-paths.ts";

const { at } = askPaths;

const media: ReadonlySet<number> = new Set([
  at["messages[].content[].image"],
  at["messages[].content[].video"],
  at["messages[].content[].document"],
  at["messages[].content[].toolResult.content[].image"],
  at["messages[].content[].toolResult.content[].document"],
]);
const cachePoints: ReadonlySet<number> = new Set([
  at["messages[].content[].cachePoint.ttl"],
  at["system[].cachePoint.ttl"],
  at["toolConfig.tools[].cachePoint.ttl"],
]);

/** What repeats in a request, seen block by block while the body is scanned. */
export class BedrockParts extends AskParts {
  writesLongCache = false;

  readonly read = (slot: number, found: JsonFindings): void => {
    if (media.has(slot)) this.inlineMedia += 1;
    else if (cachePoints.has(slot) && found.text(slot) === "1h") this.writesLongCache = true;
  };
}
