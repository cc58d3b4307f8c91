/** A provider that answers whatever it is asked with the recorded answer that lies ready, and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type Exchange } from "../corpus/exchanges.ts";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ReplayingUpstream {
  readonly origin: string;
  ready(exchange: Exchange): void;
  /** What came since `ready`. */
  readonly received: readonly Received[];
  close(): void;
}

export async function startReplayingUpstream(): Promise<ReplayingUpstream> {
  let current: Exchange | undefined;
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      received.push({ method, path: url, headers, body: Buffer.concat(parts) });
      const type = current?.answer.headers.get("content-type") ?? typeOf(current?.answer.body.toString() ?? "");
      response.writeHead(current?.status ?? 500, { "content-type": type, "x-request-id": "req_recorded" });
      response.end(current?.answer.body);
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    ready(exchange) {
      current = exchange;
      received.length = 0;
    },
    received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Some recordings have lost this header. */
function typeOf(body: string): string {
  return /^(?:data|event|id|:)/.test(body) ? "text/event-stream" : "application/json";
}
