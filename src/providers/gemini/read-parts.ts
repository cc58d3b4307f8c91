import { AskParts } from "../ask-fields.ts";
import { type JsonFindings } from "../json-findings.ts";
import { type Splice } from "../splice.ts";
import { askPaths } from "./ask-paths.ts";

const { at } = askPaths;

const inline: ReadonlySet<number> = new Set([
  at["contents[].parts[].inlineData|inline_data"],
  at["contents[].parts[].functionResponse|function_response.parts[].inlineData|inline_data"],
  at["systemInstruction|system_instruction.parts[].inlineData|inline_data"],
]);
const byReference: ReadonlySet<number> = new Set([
  at["contents[].parts[].fileData|file_data"],
  at["contents[].parts[].functionResponse|function_response.parts[].fileData|file_data"],
  at["systemInstruction|system_instruction.parts[].fileData|file_data"],
]);

/** What repeats in a request: parts, tools and the requests of a batch, seen one by one while the body is scanned. */
export class GeminiParts extends AskParts {
  /** Where a batch of embeddings names the model once more. */
  readonly models: Omit<Splice, "text">[] = [];

  readonly read = (slot: number, found: JsonFindings): void => {
    if (inline.has(slot)) this.inlineMedia += 1;
    else if (byReference.has(slot)) this.unbounded.add("media_by_reference");
    else if (slot === at["tools[]"]) this.tool(slot, found);
    else if (slot === at["requests[].model"]) this.models.push({ from: found.start(slot), to: found.end(slot) });
  };

  /** Functions run at the client; whatever else a tool declares runs at the provider. */
  tool(slot: number, found: JsonFindings): void {
    const functions = at["tools[].functionDeclarations|function_declarations"];
    const own = found.kind(functions) !== undefined && found.start(functions) > found.start(slot) ? 1 : 0;
    if (found.kind(slot) !== "object" || found.count(slot) > own) this.unbounded.add("server_tool");
  }
}
