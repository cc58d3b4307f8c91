/** For tests: a message of AWS's binary event stream, as Bedrock writes them. */
import { crc32 } from "node:zlib";

export function eventMessage(type: string, payload: unknown, kind: "event" | "exception" = "event"): Buffer {
  const headers = Buffer.concat([
    textHeader(kind === "event" ? ":event-type" : ":exception-type", type),
    textHeader(":content-type", "application/json"),
    textHeader(":message-type", kind),
  ]);
  const data = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(12 + headers.length + data.length + 4, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const body = Buffer.concat([prelude, checksum(prelude), headers, data]);
  return Buffer.concat([body, checksum(body)]);
}

function textHeader(name: string, value: string): Buffer {
  const head = Buffer.from([name.length, ...Buffer.from(name), 7, 0, value.length]);
  return Buffer.concat([head, Buffer.from(value)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
