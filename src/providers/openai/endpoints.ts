import { type Operation } from "#inference";
import { type Endpoint } from "../ask-source.ts";

/** All paths of this format, below the version that the base URL carries. */
export const endpoints: readonly Endpoint[] = [
  post("/chat/completions", "chat"),
  post("/completions", "completion"),
  post("/responses", "response"),
  post("/responses/input_tokens", "count-tokens"),
  one("GET", "/responses/{id}", "response-read"),
  one("DELETE", "/responses/{id}", "response-read"),
  one("POST", "/responses/{id}/cancel", "response-read"),
  one("GET", "/responses/{id}/input_items", "response-read"),
  post("/embeddings", "embedding"),
  post("/moderations", "moderation"),
  post("/images/generations", "image"),
  post("/images/edits", "image", "multipart"),
  post("/images/variations", "image", "multipart"),
  post("/audio/speech", "speech"),
  post("/audio/transcriptions", "transcription", "multipart"),
  post("/audio/translations", "transcription", "multipart"),
  post("/files", "file", "raw"),
  { ...post("/files", "file", "none"), method: "GET" },
  one("GET", "/files/{id}", "file"),
  one("DELETE", "/files/{id}", "file"),
  one("GET", "/files/{id}/content", "file"),
  post("/rerank", "not-built"),
  post("/batches", "not-built"),
  { ...post("/batches", "not-built", "none"), method: "GET" },
  one("GET", "/batches/{id}", "not-built"),
  one("POST", "/batches/{id}/cancel", "not-built"),
];

export function post(path: string, operation: Operation | "not-built", body: Endpoint["body"] = "json"): Endpoint {
  return { method: "POST", path: `/v1${path}`, upstreamPath: path, operation, body };
}

/** A path with the id of something that the provider keeps. */
function one(method: Endpoint["method"], path: string, operation: Operation | "not-built"): Endpoint {
  return { method, path: `/v1${path}`, upstreamPath: path, operation, body: "none", idParameter: "id" };
}
