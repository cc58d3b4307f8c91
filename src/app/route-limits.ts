/** What calls of other formats cannot say to each target of a route, found out by saying it. */
import { type Config } from "#config";
import { assert } from "#std";
import { formatAt, translate, type WireFormat, wireFormats } from "#providers";

export interface RouteLimit {
  readonly route: string;
  /** `provider/model`. */
  readonly target: string;
  /** In words; empty where all of it can be said. */
  readonly cannotSay: readonly string[];
  readonly onUnsupported: "refuse" | "drop";
}

/** One for each target of each route. */
export function limitsOfRoutes(config: Pick<Config, "routes" | "providers">): readonly RouteLimit[] {
  const providers = new Map(config.providers.map((provider) => [provider.name, provider]));
  return config.routes.flatMap(({ name, targets, onUnsupported = "refuse", maxOutputTokens }) =>
    targets.flatMap(({ provider: named, model }) => {
      const provider = providers.get(named);
      if (provider === undefined) return [];
      const cannotSay = wishes.flatMap(({ wish, ...asked }) =>
        isSaid(asked, { ...provider, model, maxOutputTokens }) ? [] : [wish],
      );
      return [{ route: name, target: `${named}/${model}`, cannotSay, onUnsupported }];
    }),
  );
}

type Fields = Readonly<Record<string, unknown>>;
/** A call that wants one thing, as one or two clients write it. */
interface Wish {
  readonly wish: string;
  readonly openai?: Fields;
  readonly anthropic?: Fields;
}

const data = "AAAA";
const schema = { type: "object", properties: {} };
const chatTools = [{ type: "function", function: { name: "f", parameters: schema } }];
const tools = [{ name: "f", input_schema: schema }];

const wishes: readonly Wish[] = [
  {
    wish: "pictures",
    ...contents({ type: "image_url", image_url: { url: `data:image/png;base64,${data}` } }, image(inline("image/png"))),
  },
  {
    wish: "pictures at an address",
    ...contents({ type: "image_url", image_url: { url: "https://example.com/a.png" } }, image(address())),
  },
  { wish: "documents", ...contents(undefined, { type: "document", source: inline("application/pdf") }) },
  { wish: "documents at an address", ...contents(undefined, { type: "document", source: address() }) },
  { wish: "audio", ...contents({ type: "input_audio", input_audio: { data, format: "wav" } }, undefined) },
  { wish: "pictures in a tool's result", anthropic: pictureOfTool() },
  { wish: "tools", openai: { tools: chatTools }, anthropic: { tools } },
  {
    wish: "one tool at a time",
    openai: { tools: chatTools, parallel_tool_calls: false },
    anthropic: { tools, tool_choice: { type: "auto", disable_parallel_tool_use: true } },
  },
  { wish: "JSON without a schema", openai: { response_format: { type: "json_object" } } },
  {
    wish: "JSON by a schema",
    openai: { response_format: { type: "json_schema", json_schema: { name: "n", schema } } },
    anthropic: { output_config: { format: { type: "json_schema", schema } } },
  },
  {
    wish: "how much to think",
    openai: { reasoning_effort: "low" },
    anthropic: { max_tokens: 8_192, thinking: { type: "enabled", budget_tokens: 2_048 } },
  },
  { wish: "stop sequences", openai: { stop: ["x"] }, anthropic: { stop_sequences: ["x"] } },
  { wish: "seed", openai: { seed: 1 } },
  { wish: "penalties", openai: { presence_penalty: 0.5, frequency_penalty: 0.5 } },
  { wish: "top_k", anthropic: { top_k: 5 } },
  { wish: "a temperature above 1", openai: { temperature: 1.5 } },
  { wish: "instructions in the middle", openai: { messages: interrupted() } },
  { wish: "log probabilities", openai: { logprobs: true } },
  { wish: "several answers (n)", openai: { n: 2 } },
];

interface Place extends Pick<Config["providers"][number], "format" | "cloud" | "dialect"> {
  readonly model: string;
  readonly maxOutputTokens: number | undefined;
}

const clients = [
  { name: "openai", path: "/v1/chat/completions", plain: {} },
  { name: "anthropic", path: "/v1/messages", plain: { max_tokens: 8 } },
] as const;

/** Whoever speaks the target's own format can say all that it takes. */
function isSaid(asked: Omit<Wish, "wish">, { format, cloud, dialect, model, maxOutputTokens }: Place): boolean {
  return clients.every(({ name, path, plain }) => {
    const fields = asked[name];
    const client = wireFormats.find((one) => one.name === name);
    if (fields === undefined || client === undefined || name === format) return true;
    const body = { model: "m", messages: [{ role: "user", content: "x" }], ...plain, ...fields };
    const said = translate({
      source: sourceOf(client, path, body),
      client,
      format: formatAt(format, cloud),
      target: { model, outputCap: maxOutputTokens },
      dialect,
      mayDrop: false,
      call: "call_check",
      createdAt: 0,
    });
    return said.ok;
  });
}

const NO_QUERY = new URLSearchParams();

function sourceOf({ endpoints }: WireFormat, path: string, body: unknown) {
  const endpoint = endpoints.find((one) => one.path === path && one.method === "POST");
  assert(endpoint !== undefined, "formats that clients speak serve the paths of their conversations");
  const bytes = Buffer.from(JSON.stringify(body));
  return { endpoint, parameters: {}, query: NO_QUERY, contentType: "application/json", body: bytes };
}

function contents(ofOpenai: Fields | undefined, ofAnthropic: Fields | undefined): Omit<Wish, "wish"> {
  const said = (part: Fields) => ({ messages: [{ role: "user", content: [part, { type: "text", text: "x" }] }] });
  return {
    ...(ofOpenai === undefined ? {} : { openai: said(ofOpenai) }),
    ...(ofAnthropic === undefined ? {} : { anthropic: said(ofAnthropic) }),
  };
}

function inline(mimeType: string): Fields {
  return { type: "base64", media_type: mimeType, data };
}

function address(): Fields {
  return { type: "url", url: "https://example.com/a" };
}

function image(source: Fields): Fields {
  return { type: "image", source };
}

function pictureOfTool(): Fields {
  const result = { type: "tool_result", tool_use_id: "c1", content: [image(inline("image/png"))] };
  const messages = [
    { role: "user", content: "x" },
    { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "f", input: {} }] },
    { role: "user", content: [result] },
  ];
  return { tools, messages };
}

function interrupted(): readonly Fields[] {
  return [
    { role: "user", content: "x" },
    { role: "system", content: "y" },
    { role: "user", content: "z" },
  ];
}
