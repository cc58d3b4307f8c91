import { AskParts } from "../ask-fields.ts";
import { type JsonFindings } from "../json-findings.ts";
import { isObject } from "../usage-counts.ts";
import { type AskPath, askPaths } from "./ask-paths.ts";

const { at } = askPaths;

type ReadPart = (parts: OpenAiParts, slot: number, found: JsonFindings) => void;

const media: ReadPart = (parts, slot, found) => parts.media(slot, found);
const file: ReadPart = (parts, slot, found) => parts.file(slot, found);
const inline: ReadPart = (parts) => {
  parts.inlineMedia += 1;
};

const readers: ReadonlyMap<number, ReadPart> = new Map<number, ReadPart>(
  (
    [
      ["messages[].content[].image_url", media],
      ["messages[].content[].image_url.url", media],
      ["messages[].content[].video_url", (parts) => parts.unbounded.add("media_by_reference")],
      ["messages[].content[].input_audio", inline],
      ["messages[].content[].file.file_id", file],
      ["messages[].content[].file.file_data", inline],
      ["messages[].audio.id", (parts, slot, found) => parts.recall(found.text(slot))],
      ["input[].content[].image_url", media],
      ["input[].content[].input_audio", inline],
      ["input[].content[].file_id", file],
      ["input[].content[].file_url", media],
      ["input[].content[].file_data", inline],
      ["input[].output.image_url", media],
      ["input[].output.file_id", file],
      ["input[].output[].image_url", media],
      ["input[].output[].file_id", file],
      ["input[].output[].file_url", media],
      ["input[].output[].file_data", inline],
      ["tools[].container.file_ids[]", file],
      ["tools[].input_image_mask.file_id", file],
      ["images[].file_id", file],
      ["input[]", (parts, slot, found) => parts.item(slot, found)],
      ["prompt[]", (parts, slot, found) => parts.prompt(slot, found)],
      ["tools[].type", (parts, slot, found) => parts.tool(found.text(slot))],
    ] satisfies [AskPath, ReadPart][]
  ).map(([path, read]) => [at[path], read]),
);

/** What repeats in a request: messages, items and tools, seen one by one while the body is scanned. */
export class OpenAiParts extends AskParts {
  /** Prompts of a completion; each gets its own choices. A list of token numbers is one prompt. */
  prompts = 0;
  /** Texts in a list, as they are or as token numbers. */
  texts = 0;

  readonly read = (slot: number, found: JsonFindings): void => {
    readers.get(slot)?.(this, slot, found);
  };

  /** Functions and custom tools run at the client; all others run at the provider, and bring input that nobody sees. */
  tool(type: string | undefined): void {
    if (type !== undefined && type !== "function" && type !== "custom") this.unbounded.add("server_tool");
  }

  prompt(slot: number, found: JsonFindings): void {
    if (found.kind(slot) === "string" || found.kind(slot) === "array") this.prompts += 1;
  }

  item(slot: number, found: JsonFindings): void {
    if (found.kind(slot) === "string" || found.kind(slot) === "array") this.texts += 1;
    const isHere = (part: number) => found.kind(part) === "string" && found.start(part) > found.start(slot);
    if (!isHere(at["input[].type"]) || found.text(at["input[].type"]) !== "item_reference") return;
    this.recall(isHere(at["input[].id"]) ? found.text(at["input[].id"]) : undefined);
  }

  /** Files among the values of a stored prompt's variables, whose names are the client's. */
  variables(text: string | undefined): void {
    const values: unknown = text === undefined ? undefined : JSON.parse(text);
    if (!isObject(values)) return;
    for (const value of Object.values(values)) {
      const id = isObject(value) ? value["file_id"] : undefined;
      if (typeof id === "string") this.refer(id);
    }
  }

  /** Something that the provider keeps becomes input again. */
  recall(id: string | undefined): void {
    this.refer(id);
    this.unbounded.add("stored_context");
  }
}
