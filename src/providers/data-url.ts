import { type MediaKind, type MediaSource } from "#inference";

const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w-]+=[^;,]*)*;base64,/;

/** Media at an address, or in the address itself. */
export function sourceOfUrl(url: string, mimeType?: string): MediaSource {
  const found = DATA_URL.exec(url);
  if (found === null) return { type: "url", url, mimeType };
  return {
    type: "inline",
    mimeType: found[1] ?? mimeType ?? "application/octet-stream",
    base64: url.slice(found[0].length),
  };
}

export function urlOfSource(source: MediaSource): string {
  return source.type === "url" ? source.url : `data:${source.mimeType};base64,${source.base64}`;
}

export function kindOfMimeType(mimeType: string): MediaKind {
  const [family] = mimeType.split("/");
  return family === "image" || family === "audio" || family === "video" ? family : "document";
}
