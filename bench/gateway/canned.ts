/** What the bench sends and what its upstream answers: the same bytes for every contestant. */

/** OpenAI hides the lengths of pieces behind a random text in each frame. */
const SALT = "o7XDIwdGK3HkPjp374hninfkthr";
const WORDS = "the order was shipped on monday and should arrive before the end of the week ";
export const STREAM_CHUNKS = 60;
export const PACED_BODY_MARK = '"user":"paced"';

/** A chat body of 1.5 KB. */
export function askBody(kind: "whole" | "stream" | "paced"): string {
  const more = kind === "whole" ? {} : { stream: true };
  const body = (content: string): string =>
    JSON.stringify({
      model: "gpt-4o-mini",
      ...(kind === "paced" && { user: "paced" }),
      messages: [
        { role: "system", content: "Answer briefly." },
        { role: "user", content },
      ],
      max_tokens: 256,
      ...more,
    });
  return body(WORDS.repeat(20).slice(0, 1500 - body("").length));
}

const usage = {
  prompt_tokens: 361,
  completion_tokens: STREAM_CHUNKS,
  total_tokens: 361 + STREAM_CHUNKS,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
};

export function wholeAnswer(): string {
  return JSON.stringify({
    id: "chatcmpl-bench0000000000000000000000000",
    object: "chat.completion",
    created: 1_760_000_000,
    model: "gpt-4o-mini-2024-07-18",
    choices: [
      { index: 0, message: { role: "assistant", content: WORDS.repeat(8) }, logprobs: null, finish_reason: "stop" },
    ],
    usage,
    service_tier: "default",
    system_fingerprint: "fp_bench",
  });
}

/** Frames of a stream; usage stands in it only when the request asked for it, as OpenAI does it. */
export function streamFrames({ withUsage }: { withUsage: boolean }): readonly string[] {
  const opening = {
    id: "chatcmpl-bench0000000000000000000000000",
    object: "chat.completion.chunk",
    created: 1_760_000_000,
    model: "gpt-4o-mini-2024-07-18",
    service_tier: "default",
    system_fingerprint: "fp_bench",
  };
  const chunk = (delta: object, finish: string | null, index = 0): string =>
    frame({
      ...opening,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(withUsage && { usage: null }),
      obfuscation: SALT.slice(index % 7, 11 + (index % 9)),
    });
  const words = WORDS.trim().split(" ");
  const pieces = Array.from({ length: STREAM_CHUNKS - 2 }, (_, index) =>
    chunk({ content: `${words[index % words.length]} ` }, null, index),
  );
  const last = withUsage ? [frame({ ...opening, choices: [], usage })] : [];
  return [chunk({ role: "assistant", content: "" }, null), ...pieces, chunk({}, "stop"), ...last, "data: [DONE]\n\n"];
}

function frame(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
