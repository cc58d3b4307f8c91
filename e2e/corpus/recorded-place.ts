/** Where a recorded exchange would arrive at the gateway. */
export interface RecordedPlace {
  readonly format: "openai" | "anthropic" | "gemini" | "bedrock";
  /** The endpoint's path as wire formats write it. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const patterns: readonly { readonly path: RegExp; readonly place: (found: RegExpExecArray) => RecordedPlace }[] = [
  {
    path: /\/(v1\/messages(?:\/count_tokens)?)$/,
    place: ([, path]) => ({ format: "anthropic", path: `/${path}`, parameters: {} }),
  },
  {
    path: /\/models\/([^/:]+):(generateContent|streamGenerateContent|embedContent|batchEmbedContents|countTokens)$/,
    place: ([, model = "", verb]) => ({
      format: "gemini",
      path: `/v1beta/models/{model}:${verb}`,
      parameters: { model },
    }),
  },
  {
    path: /\/model\/([^/]+)\/(converse|converse-stream)$/,
    place: ([, model = "", verb]) => ({
      format: "bedrock",
      path: `/model/{model}/${verb}`,
      parameters: { model: decodeURIComponent(model) },
    }),
  },
  {
    path: /\/responses\/(resp_[^/]+)$/,
    place: ([, id = ""]) => ({ format: "openai", path: "/v1/responses/{id}", parameters: { id } }),
  },
  {
    path: /\/(chat\/completions|completions|embeddings|moderations|responses|images\/\w+|audio\/\w+)$/,
    place: ([, path]) => openai(`/v1/${path}`),
  },
];

/** Paths that look like ours and are not. */
const others = /bedrock(?!.*\/converse(?:-stream)?$)|api\.cohere\.com|api\.writer\.com|\/threads\/|\/batch/;

/** The place of a recorded URL; undefined when it is in none of our formats. */
export function placeOf(url: string): RecordedPlace | undefined {
  const path = url.replace(/[?#].*$/, "").replace(/^[a-z]+:\/\//, "");
  if (others.test(path)) return undefined;
  for (const pattern of patterns) {
    const found = pattern.path.exec(path);
    if (found !== null) return pattern.place(found);
  }
  return undefined;
}

export interface RecordedShape {
  readonly place: RecordedPlace;
  /** The stream that the recorded events were taken from. */
  toStream(lines: readonly string[]): Buffer;
}

/** The place of bodies that were recorded alone, by what stands in the first that tells. */
export function shapeOf(lines: readonly string[]): RecordedShape | undefined {
  for (const line of lines) {
    const shape = shapeOfBody(line, lines.length > 1);
    if (shape !== undefined) return shape;
  }
  return undefined;
}

function shapeOfBody(text: string, isStream: boolean): RecordedShape | undefined {
  const body = parseObject(text);
  if (body === undefined) return undefined;
  if ("choices" in body) return { place: openai("/v1/chat/completions"), toStream: toChatStream };
  if (body["object"] === "response" || String(body["type"]).startsWith("response.")) {
    return { place: openai("/v1/responses"), toStream };
  }
  if (body["type"] === "message" || body["type"] === "message_start") {
    return { place: { format: "anthropic", path: "/v1/messages", parameters: {} }, toStream };
  }
  if ("candidates" in body || "usageMetadata" in body) return { place: gemini(isStream), toStream: toDataStream };
  return undefined;
}

/** Some of these files are templates that are no JSON. */
function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function openai(path: string): RecordedPlace {
  return { format: "openai", path, parameters: {} };
}

function gemini(isStream: boolean): RecordedPlace {
  const verb = isStream ? "streamGenerateContent" : "generateContent";
  return { format: "gemini", path: `/v1beta/models/{model}:${verb}`, parameters: { model: "unknown" } };
}

function toChatStream(lines: readonly string[]): Buffer {
  return Buffer.concat([toDataStream(lines), Buffer.from("data: [DONE]\n\n")]);
}

function toDataStream(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `data: ${line}\n\n`).join(""));
}

function toStream(lines: readonly string[]): Buffer {
  const typed = lines.map((line) => `event: ${String(parseObject(line)?.["type"])}\ndata: ${line}\n\n`);
  return Buffer.from(typed.join(""));
}
