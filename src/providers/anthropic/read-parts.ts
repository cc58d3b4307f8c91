import { AskParts } from "../ask-fields.ts";
import { type JsonFindings } from "../json-findings.ts";
import { type AskPath, askPaths } from "./ask-paths.ts";

const { at } = askPaths;

type ReadPart = (parts: AnthropicParts, slot: number, found: JsonFindings) => void;

const cached: ReadPart = (parts, slot, found) => parts.cached(found.text(slot));
const file: ReadPart = (parts, slot, found) => parts.file(slot, found);

const readers: ReadonlyMap<number, ReadPart> = new Map<number, ReadPart>(
  (
    [
      ["system[].cache_control.ttl", cached],
      ["tools[].cache_control.ttl", cached],
      ["messages[].content[].cache_control.ttl", cached],
      ["messages[].content[].content[].cache_control.ttl", cached],
      ["messages[].content[].source.file_id", file],
      ["messages[].content[].file_id", file],
      ["messages[].content[].content[].source.file_id", file],
      [
        "messages[].content[].source",
        (parts, slot, found) => parts.source(slot, at["messages[].content[].source.type"], found),
      ],
      [
        "messages[].content[].content[].source",
        (parts, slot, found) => parts.source(slot, at["messages[].content[].content[].source.type"], found),
      ],
      ["tools[].type", (parts, slot, found) => parts.tool(found.text(slot))],
    ] satisfies [AskPath, ReadPart][]
  ).map(([path, read]) => [at[path], read]),
);

/** Tools of the provider that the client itself runs. */
const CLIENT_TOOL = /^(?:custom|(?:bash|text_editor|computer|memory|apply_patch)_\d+)$/;

/** What repeats in a request: content blocks and tools, seen one by one while the body is scanned. */
export class AnthropicParts extends AskParts {
  writesLongCache = false;

  readonly read = (slot: number, found: JsonFindings): void => {
    readers.get(slot)?.(this, slot, found);
  };

  cached(ttl: string | undefined): void {
    if (ttl !== undefined && ttl !== "5m") this.writesLongCache = true;
  }

  source(slot: number, typeSlot: number, found: JsonFindings): void {
    const type = found.start(typeSlot) > found.start(slot) ? found.text(typeSlot) : undefined;
    if (type === "base64") this.inlineMedia += 1;
    else if (type !== "text" && type !== "content") this.unbounded.add("media_by_reference");
  }

  tool(type: string | undefined): void {
    if (type !== undefined && !CLIENT_TOOL.test(type)) this.unbounded.add("server_tool");
  }
}
