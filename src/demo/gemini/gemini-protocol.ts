import { type Complaint, type ErrorAnswer, type Protocol, type ProviderCall } from "../protocol.ts";
import { answerBatchEmbed, answerCountTokens, answerEmbed } from "./embed-content.ts";
import { toGeminiError } from "./gemini-error.ts";
import { answerGenerateContent, answerStreamGenerateContent } from "./generate-content.ts";

/** Gemini's way to speak. */
export function geminiProtocol(): Protocol {
  return {
    format: "gemini",
    caching: "automatic",
    newRequestId: (random) => random.hex(16),
    credentialOf: (headers, query) => {
      const key = headers["x-goog-api-key"];
      return typeof key === "string" ? key : (query.get("key") ?? undefined);
    },
    answerHeaders,
    encodeError,
    endpoints: [
      { method: "POST", path: "/models/{model}:generateContent", answer: answerGenerateContent },
      { method: "POST", path: "/models/{model}:streamGenerateContent", answer: answerStreamGenerateContent },
      { method: "POST", path: "/models/{model}:embedContent", answer: answerEmbed },
      { method: "POST", path: "/models/{model}:batchEmbedContents", answer: answerBatchEmbed },
      { method: "POST", path: "/models/{model}:countTokens", answer: answerCountTokens },
    ],
  };
}

function answerHeaders(call: ProviderCall): readonly string[] {
  const elapsedMs = Math.round(call.provider.world.clock.monotonicMs() - call.startedMs);
  return [
    "x-request-id",
    call.requestId,
    "server",
    "scaffolding on HTTPServer2",
    "server-timing",
    `gfet4t7; dur=${elapsedMs}`,
    "vary",
    "Origin, X-Origin, Referer",
    "x-content-type-options",
    "nosniff",
    "x-frame-options",
    "SAMEORIGIN",
  ];
}

function encodeError(complaint: Complaint): ErrorAnswer {
  const error = toGeminiError(complaint);
  const headers = error.code === 429 ? ["retry-after", "1"] : [];
  return { status: error.code, headers, body: JSON.stringify({ error }, undefined, 2) };
}
