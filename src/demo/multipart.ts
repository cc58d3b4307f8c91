/** One part of a multipart form. */
export interface FormPart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly bytes: Buffer;
}

const BREAK = Buffer.from("\r\n\r\n");

export function readMultipart(body: Buffer, contentType: string | undefined): readonly FormPart[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType ?? "")?.[1];
  if (boundary === undefined) return [];
  const mark = Buffer.from(`--${boundary}`);
  const parts: FormPart[] = [];
  let from = body.indexOf(mark);
  while (from !== -1) {
    const to = body.indexOf(mark, from + mark.length);
    if (to === -1) break;
    const part = readPart(body.subarray(from + mark.length + 2, to - 2));
    if (part !== undefined) parts.push(part);
    from = to;
  }
  return parts;
}

export function textOf(parts: readonly FormPart[], name: string): string | undefined {
  return parts.find((part) => part.name === name)?.bytes.toString("utf8");
}

export function fileOf(parts: readonly FormPart[]): FormPart | undefined {
  return parts.find((part) => part.fileName !== undefined);
}

function readPart(bytes: Buffer): FormPart | undefined {
  const at = bytes.indexOf(BREAK);
  if (at === -1) return undefined;
  const head = bytes.subarray(0, at).toString("utf8");
  const name = /[; ]name="([^"]*)"/i.exec(head)?.[1];
  if (name === undefined) return undefined;
  return { name, fileName: /filename="([^"]*)"/i.exec(head)?.[1], bytes: bytes.subarray(at + BREAK.length) };
}
