import { answerAtOnce } from "../answer-at-once.ts";
import { fileOf, readMultipart, textOf } from "../multipart.ts";
import { complain, type ProviderCall, type SimulatedEndpoint } from "../protocol.ts";

interface StoredFile {
  readonly id: string;
  readonly object: "file";
  readonly bytes: number;
  readonly created_at: number;
  readonly filename: string;
  readonly purpose: string;
  readonly status: "processed";
}

const FILES_MAX = 10_000;

interface KeptFile {
  readonly about: StoredFile;
  readonly content: Buffer;
}

type Files = Map<string, KeptFile>;

/** Files are kept by name and size; of their content only so much as fits is given back. */
export function fileEndpoints(): readonly SimulatedEndpoint[] {
  const files: Files = new Map();
  return [
    { method: "POST", path: "/files", answer: (call) => upload(call, files) },
    { method: "GET", path: "/files", answer: (call) => list(call, files) },
    {
      method: "GET",
      path: "/files/{id}",
      answer: (call) => withFile(call, files, ({ about }) => answer(call, JSON.stringify(about))),
    },
    {
      method: "GET",
      path: "/files/{id}/content",
      answer: (call) => withFile(call, files, ({ content }) => answer(call, content, "application/octet-stream")),
    },
    {
      method: "DELETE",
      path: "/files/{id}",
      answer: (call) => withFile(call, files, (file) => remove(call, files, file)),
    },
  ];
}

async function upload(call: ProviderCall, files: Files): Promise<void> {
  const file = toKeptFile(call);
  if (file === undefined) {
    return complain(call, { type: "invalid-request", field: "file", detail: "The form has no file." });
  }
  files.set(file.about.id, file);
  for (const oldest of files.keys()) {
    if (files.size <= FILES_MAX) break;
    files.delete(oldest);
  }
  await answer(call, JSON.stringify(file.about));
}

async function list(call: ProviderCall, files: Files): Promise<void> {
  const data = [...files.values()].map(({ about }) => about);
  await answer(call, JSON.stringify({ object: "list", data, has_more: false }));
}

async function remove(call: ProviderCall, files: Files, { about }: KeptFile): Promise<void> {
  files.delete(about.id);
  await answer(call, JSON.stringify({ id: about.id, object: "file", deleted: true }));
}

async function withFile(call: ProviderCall, files: Files, use: (file: KeptFile) => Promise<void>): Promise<void> {
  const file = files.get(call.parameter);
  if (file === undefined) return complain(call, { type: "not-found", what: "file", name: call.parameter });
  await use(file);
}

async function answer(call: ProviderCall, body: string | Buffer, contentType = "application/json"): Promise<void> {
  const free = { operation: "file", model: undefined, usage: {}, quantities: {}, isReported: false } as const;
  await answerAtOnce(call, { ...free, contentType, body });
}

const CONTENT_KEPT_MAX = 64 * 1024;

function toKeptFile(call: ProviderCall): KeptFile | undefined {
  const parts = readMultipart(call.body, call.headers["content-type"]);
  const file = fileOf(parts);
  if (file === undefined) return undefined;
  const about: StoredFile = {
    id: `file-${call.random.base62(24)}`,
    object: "file",
    bytes: file.bytes.length,
    created_at: Math.floor(call.at / 1000),
    filename: file.fileName ?? "file",
    purpose: textOf(parts, "purpose") ?? "user_data",
    status: "processed",
  };
  return { about, content: Buffer.from(file.bytes.subarray(0, CONTENT_KEPT_MAX)) };
}
