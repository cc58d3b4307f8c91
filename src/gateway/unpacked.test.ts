import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, Rig, type RigOptions, type Script, wholeAnswer } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(script: Script, options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script, ...options });
  return rig;
}

function compressed(encoding: string, body: Buffer, status = 200): Script {
  return (_sent, response) => {
    const head = { "content-type": "application/json", "content-encoding": encoding, "content-length": body.length };
    response.writeHead(status, head);
    response.end(body);
  };
}

const costs = (made: Rig) => made.booked("attempt-settled").map(({ state, cost, usage }) => ({ state, cost, usage }));

describe("an answer that was compressed though nobody asked for it", () => {
  it.for([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ] as const)("by %s is handed on plain, and booked by its usage", async ([encoding, pack]) => {
    const plain = await start(answering);
    await ask(plain, { body: chat() });
    const expected = costs(plain);
    await plain.stop();
    const made = await start(compressed(encoding, pack(Buffer.from(wholeAnswer))));
    const answer = await ask(made, { body: chat() });
    expect([answer.status, answer.body]).toEqual([200, wholeAnswer]);
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(answer.headers["x-tare-cost"]).toBe("0.00045");
    expect(costs(made)).toEqual(expected);
  });

  it("in a stream is handed on as frames, and booked by its usage", async () => {
    const frames: Buffer[] = [];
    const plain = await start((sent, response, number) => {
      const write = response.write.bind(response);
      response.write = ((chunk: string) => {
        frames.push(Buffer.from(chunk));
        return write(chunk);
      }) as typeof response.write;
      const end = response.end.bind(response);
      response.end = ((chunk?: string) => {
        if (chunk !== undefined) frames.push(Buffer.from(chunk));
        return end(chunk);
      }) as typeof response.end;
      answering(sent, response, number);
    });
    const whole = await ask(plain, { body: chat({ stream: true }) });
    const expected = costs(plain);
    await plain.stop();
    const made = await start((_sent, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
      const packed = gzipSync(Buffer.concat(frames));
      for (let at = 0; at < packed.length; at += 7) response.write(packed.subarray(at, at + 7));
      response.end();
    });
    const answer = await ask(made, { body: chat({ stream: true }) });
    expect([answer.body, answer.isCut]).toEqual([whole.body, false]);
    expect(costs(made)).toEqual(expected);
  });

  it("tells its error in words", async () => {
    const body = '{"error":{"message":"no","type":"invalid_request_error"}}';
    const made = await start(compressed("gzip", gzipSync(body), 400));
    const answer = await ask(made, { body: chat() });
    expect([answer.status, answer.body]).toEqual([400, body]);
  });

  it.for([
    ["unknown here", "compress", Buffer.from(wholeAnswer)],
    ["not what it says", "gzip", Buffer.from(wholeAnswer)],
  ] as const)(
    "in a way that is %s is a failure of its own, and the hold stays in doubt",
    async ([, encoding, body]) => {
      const made = await start(compressed(encoding, body), { direct: { retries: 1 } });
      const answer = await ask(made, { body: chat() });
      expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([502, "upstream_encoding_unreadable"]);
      expect(made.sent).toHaveLength(1);
      expect(made.booked("attempt-settled")).toMatchObject([
        { state: "failed", error: "upstream_encoding_unreadable" },
      ]);
    },
  );

  it("that unpacks to more than any real one is cut off, and never unpacked whole", async () => {
    const made = await start(compressed("gzip", gzipSync(Buffer.alloc(64 * 1024 * 1024, " "))));
    const answer = await ask(made, { body: chat() });
    expect(answer.isCut).toBe(true);
    expect(answer.body.length).toBeLessThan(10 * 1024 * 1024);
    expect(made.booked("attempt-settled")).toMatchObject([{ state: "cut" }]);
  });
});
