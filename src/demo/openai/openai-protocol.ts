import { complain, type Complaint, type ErrorAnswer, type Protocol, type ProviderCall } from "../protocol.ts";
import { toOpenaiError } from "./openai-error.ts";
import { answerSpeech } from "./speech.ts";
import { answerTranscription } from "./transcription.ts";
import { answerChat } from "./chat.ts";
import { answerCompletion } from "./completion.ts";
import { answerEmbedding } from "./embedding.ts";
import { fileEndpoints } from "./files.ts";
import { answerImage, answerImageEdit } from "./image.ts";
import { organizationEndpoints } from "./organization.ts";
import { answerModeration } from "./moderation.ts";
import { responseEndpoints } from "./response-endpoints.ts";

const CALLS_PER_MINUTE = 30_000;
const TOKENS_PER_MINUTE = 150_000_000;

/** OpenAI's way to speak, with its own store of responses and files. */
export function openaiProtocol(): Protocol {
  return {
    format: "openai",
    caching: "automatic",
    newRequestId: (random) => `req_${random.hex(32)}`,
    credentialOf: (headers) => /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1],
    answerHeaders,
    encodeError,
    endpoints: [
      { method: "POST", path: "/chat/completions", answer: answerChat },
      { method: "POST", path: "/completions", answer: answerCompletion },
      { method: "POST", path: "/embeddings", answer: answerEmbedding },
      { method: "POST", path: "/moderations", answer: answerModeration },
      { method: "POST", path: "/images/generations", answer: answerImage },
      { method: "POST", path: "/images/edits", answer: answerImageEdit },
      { method: "POST", path: "/images/variations", answer: answerImageEdit },
      { method: "POST", path: "/audio/speech", answer: answerSpeech },
      { method: "POST", path: "/audio/transcriptions", answer: answerTranscription },
      { method: "POST", path: "/audio/translations", answer: answerTranscription },
      ...responseEndpoints(),
      ...fileEndpoints(),
      ...organizationEndpoints(),
      { method: "GET", path: "/models", answer: listModels },
    ],
  };
}

function answerHeaders(call: ProviderCall): readonly string[] {
  const { clock } = call.provider.world;
  return [
    "x-request-id",
    call.requestId,
    "openai-processing-ms",
    String(Math.round(clock.monotonicMs() - call.startedMs)),
    "openai-version",
    "2020-10-01",
    "openai-organization",
    "simulated",
    "x-ratelimit-limit-requests",
    String(CALLS_PER_MINUTE),
    "x-ratelimit-limit-tokens",
    String(TOKENS_PER_MINUTE),
    "x-ratelimit-remaining-requests",
    String(Math.max(0, CALLS_PER_MINUTE - call.callsThisMinute)),
    "x-ratelimit-remaining-tokens",
    String(TOKENS_PER_MINUTE - Math.ceil(call.body.length / 4)),
    "x-ratelimit-reset-requests",
    "2ms",
    "x-ratelimit-reset-tokens",
    "0s",
  ];
}

function encodeError(complaint: Complaint): ErrorAnswer {
  const { status, ...error } = toOpenaiError(complaint);
  const headers = status === 429 ? ["retry-after", "1", "retry-after-ms", "20"] : [];
  return { status, headers, body: JSON.stringify({ error }, undefined, 2) };
}

function listModels(call: ProviderCall): void {
  const data = ["gpt-5", "gpt-5-mini", "gpt-4o-mini"].map((id) => ({
    id,
    object: "model",
    created: 1_754_000_000,
    owned_by: "simulated",
  }));
  if (call.fault === "cut") return complain(call, { type: "server-error" });
  const headers = [...answerHeaders(call), "content-type", "application/json"];
  call.reply.send(200, headers, JSON.stringify({ object: "list", data }));
}
