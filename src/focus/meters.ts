import { type UsageClass } from "#inference";
import { type Meter } from "./charge.ts";

/** FOCUS has no words yet for sound, pictures and how long a cache entry lives: those are told by the meter. */
const meters: { readonly [Class in UsageClass]: Meter } = {
  input_uncached: tokens("input", "Input Tokens", { direction: "Input", cache: "Uncached" }),
  cache_read: tokens("cache-read", "Cache Read Input Tokens", { direction: "Input", cache: "Read" }),
  cache_write_5m: tokens("cache-write", "Cache Write Input Tokens", { direction: "Input", cache: "Write" }),
  cache_write_1h: tokens("cache-write-1h", "Cache Write Input Tokens for 1 Hour", {
    direction: "Input",
    cache: "Write",
  }),
  output_text: tokens("output", "Output Tokens", { direction: "Output" }),
  output_reasoning: tokens("output-reasoning", "Reasoning Output Tokens", { direction: "Output" }),
  audio_in: tokens("audio-input", "Audio Input Tokens", { direction: "Input", cache: "Uncached" }),
  audio_cache_read: tokens("audio-cache-read", "Cache Read Audio Input Tokens", { direction: "Input", cache: "Read" }),
  audio_out: tokens("audio-output", "Audio Output Tokens", { direction: "Output" }),
  image_in: tokens("image-input", "Image Input Tokens", { direction: "Input", cache: "Uncached" }),
  image_cache_read: tokens("image-cache-read", "Cache Read Image Input Tokens", { direction: "Input", cache: "Read" }),
  image_out: tokens("image-output", "Image Output Tokens", { direction: "Output" }),
  video_in: tokens("video-input", "Video Input Tokens", { direction: "Input", cache: "Uncached" }),
  video_out: tokens("video-output", "Video Output Tokens", { direction: "Output" }),
  images: { suffix: "images", name: "Images", unit: "Images" },
  audio_ms_in: { suffix: "audio-time-input", name: "Audio Input Time", unit: "Milliseconds" },
  audio_ms_out: { suffix: "audio-time-output", name: "Audio Output Time", unit: "Milliseconds" },
  characters_in: { suffix: "characters", name: "Input Characters", unit: "Characters" },
  requests: { suffix: "requests", name: "Requests", unit: "Requests" },
  web_searches: { suffix: "web-searches", name: "Web Searches", unit: "Requests" },
  web_fetches: { suffix: "web-fetches", name: "Web Fetches", unit: "Requests" },
  file_searches: { suffix: "file-searches", name: "File Searches", unit: "Requests" },
  code_sessions: { suffix: "code-sessions", name: "Code Sessions", unit: "Sessions" },
  step_calls: { suffix: "calls", name: "Calls", unit: "Requests" },
  step_ms: { suffix: "time", name: "Running Time", unit: "Milliseconds" },
  kb_days: { suffix: "storage", name: "Storage", unit: "KB-Days" },
  vectors: { suffix: "vectors", name: "Vectors", unit: "Vectors" },
  gpu_ms: { suffix: "gpu-time", name: "GPU Time", unit: "GPU-Milliseconds" },
  person_ms: { suffix: "person-time", name: "Human Working Time", unit: "Milliseconds" },
};

export function meterOf(name: UsageClass): Meter {
  return meters[name];
}

function tokens(suffix: string, name: string, words: Pick<Meter, "direction" | "cache">): Meter {
  return { suffix, name, unit: "Tokens", ...words };
}

/** Category and subcategory of the service that a layer pays for; model calls of any layer are generative AI. */
export function serviceOf(layer: string): { readonly category: string; readonly subcategory: string } {
  const [category, subcategory] = services[layer] ?? ["Other", "Other (Other)"];
  return { category, subcategory };
}

export const GENERATIVE_AI = { category: "AI and Machine Learning", subcategory: "Generative AI" } as const;

const services: Readonly<Record<string, readonly [category: string, subcategory: string]>> = {
  "retrieval and embeddings": ["Databases", "Other (Databases)"],
  tools: ["Integration", "API Management"],
  "guardrails and validation": ["Security", "Other (Security)"],
  evaluation: ["Developer Tools", "Quality Assurance"],
  "GPUs and serving": ["Compute", "Virtual Machines"],
  "idle and cold starts": ["Compute", "Virtual Machines"],
  "data pipelines": ["Analytics", "Data Processing"],
  "observability and storage": ["Management and Governance", "Observability"],
  "human review": ["Business Applications", "Other (Business Applications)"],
  compliance: ["Management and Governance", "Compliance"],
  "people and engineering": ["Business Applications", "Other (Business Applications)"],
  redundancy: ["Compute", "Virtual Machines"],
  "edge fleet": ["Compute", "End User Computing"],
};
