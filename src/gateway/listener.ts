import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Duplex } from "node:stream";
import { refusalsTotal } from "./families.ts";
import { type RefusalCode, refusals, speak } from "./refusals.ts";
import { type Surroundings } from "./surroundings.ts";

type Serve = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void;

const HEADER_BYTES_MAX = 32 * 1024;
const CHECK_PERIOD_MS = 1_000;

/** A server of `node:http` that reads heads strictly and closes what is slow; it does not listen yet. */
export function createListener(around: Surroundings, serve: Serve): Server {
  const { limits } = around;
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(CHECK_PERIOD_MS, limits.headersMs, limits.requestMs),
    maxHeaderSize: HEADER_BYTES_MAX,
    noDelay: true,
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => serve(request, response, false));
  // Without this, node asks for the body before anybody has looked at its length.
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => serve(request, response, true));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => answerBroken(around, error.code, socket));
  return server;
}

/** What cannot be read as a request is answered by hand: there is no response object yet. */
function answerBroken(around: Surroundings, code: string | undefined, socket: Duplex): void {
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = toRefusal(code);
  around.metrics.count(refusalsTotal, refusal);
  const { status } = refusals[refusal];
  const call = around.world.chance.id("call");
  const [format] = around.formats;
  const body = format?.encodeError(speak({ code: refusal }, call)) ?? Buffer.alloc(0);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Error"}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    `x-request-id: ${call}`,
    `x-tare-call: ${call}`,
    "connection: close",
  ].join("\r\n");
  socket.end(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), body]));
}

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

function toRefusal(code: string | undefined): RefusalCode {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "too_slow";
  return code === "HPE_HEADER_OVERFLOW" ? "headers_too_large" : "invalid_http";
}
