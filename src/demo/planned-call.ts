import { type JsonObject } from "./json.ts";

/** One HTTP call as a client of the gateway will make it. */
export interface PlannedCall {
  readonly path: string;
  readonly contentType: string;
  readonly body: string | Buffer;
}

export interface PlannedAnswer {
  readonly model: string;
  /** The long part of the prompt, the same at its beginning in all calls of a session. */
  readonly context: string;
  readonly question: string;
  readonly outputTokens: number;
}

/** Tells the simulated provider how long the answer is to be; a real one reads it as a strange sentence. */
function withLength({ question, outputTokens }: PlannedAnswer): string {
  return `${question} [[simulate output=${outputTokens}]]`;
}

export function json(path: string, body: JsonObject): PlannedCall {
  return { path, contentType: "application/json", body: JSON.stringify(body) };
}

export function chat(answer: PlannedAnswer, more: JsonObject = {}): PlannedCall {
  return json("/v1/chat/completions", {
    model: answer.model,
    messages: [
      { role: "system", content: answer.context },
      { role: "user", content: withLength(answer) },
    ],
    ...more,
  });
}

export function response(answer: PlannedAnswer, more: JsonObject = {}): PlannedCall {
  return json("/v1/responses", {
    model: answer.model,
    instructions: answer.context,
    input: withLength(answer),
    ...more,
  });
}

/** The context is marked for the provider's cache, as long-lived prompts of this format are. */
export function message(answer: PlannedAnswer, more: JsonObject = {}): PlannedCall {
  return json("/v1/messages", {
    model: answer.model,
    max_tokens: 4096,
    system: [{ type: "text", text: answer.context, cache_control: { type: "ephemeral" } }],
    messages: [{ role: "user", content: withLength(answer) }],
    ...more,
  });
}

export function content(answer: PlannedAnswer, { isStream }: { isStream: boolean }): PlannedCall {
  const action = isStream ? "streamGenerateContent?alt=sse" : "generateContent";
  return json(`/v1beta/models/${answer.model}:${action}`, {
    systemInstruction: { parts: [{ text: answer.context }] },
    contents: [{ role: "user", parts: [{ text: withLength(answer) }] }],
  });
}

export function transcription(model: string, seconds: number): PlannedCall {
  const boundary = "----tare-demo-form";
  const part = (name: string, more: string): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(`${part("model", "")}${model}\r\n${part("file", '; filename="note.wav"')}`),
    Buffer.alloc(seconds * 16_000, 1),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { path: "/v1/audio/transcriptions", contentType: `multipart/form-data; boundary=${boundary}`, body };
}
