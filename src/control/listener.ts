import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { type Hono } from "hono";
import { type HttpBindings } from "@hono/node-server";
import { isHostAllowed } from "./host-names.ts";
import { type ControlProblem, problemMediaType, toProblem } from "./problems.ts";
import { problemResponse } from "./routes.ts";
import { securityHeaders } from "./security-headers.ts";

/** How long a client may take, and how much of the machine all of them together. */
export interface ListenerLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkEveryMs: number;
  readonly connections: number;
}

/** Both as PEM text. */
export interface ControlTls {
  readonly cert: string;
  readonly key: string;
}

export const OLDEST_TLS = "TLSv1.2";

export const listenerLimits: ListenerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkEveryMs: 5_000,
  connections: 256,
};

const HEADER_BYTES_MAX = 16 * 1024;
// Longer than the 60 s after which common load balancers drop an idle connection, so that they close first.
const KEEP_ALIVE_MS = 65_000;

interface ListenerSettings {
  readonly hostNames: readonly string[];
  readonly limits: ListenerLimits;
  readonly tls: ControlTls | undefined;
}

/** The HTTP server in front of the routes. Who may name us is decided here, before anything parses the URL. */
export function createListener(
  hono: Hono<{ Bindings: HttpBindings }>,
  { hostNames, limits, tls }: ListenerSettings,
): Server | TlsServer {
  const answer = getRequestListener(hono.fetch, {
    overrideGlobalObjects: false,
    errorHandler: () => problemResponse(malformed),
  });
  const options = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value);
    const problem = refusalOf(incoming, hostNames);
    if (problem === undefined) void answer(incoming, outgoing);
    else refuse(outgoing, problem);
  };
  const server =
    tls === undefined
      ? createServer(options, serve)
      : createTlsServer({ ...options, ...tls, minVersion: OLDEST_TLS, handshakeTimeout: limits.headersMs }, serve);
  server.maxConnections = limits.connections;
  return server;
}

const malformed = { code: "malformed_request", detail: "The request line or a header cannot be read." } as const;

function refusalOf(incoming: IncomingMessage, hostNames: readonly string[]): ControlProblem | undefined {
  // Proxies ask with whole URLs and OPTIONS with a star; both would be read as something else further in.
  if (incoming.url?.startsWith("/") !== true) return malformed;
  // Node lets the first of two hosts win, a proxy before us perhaps the last.
  if (incoming.headersDistinct["host"]?.length !== 1) return malformed;
  if (isHostAllowed(incoming.headers.host, hostNames)) return undefined;
  return { code: "host_not_allowed", detail: "Ask for localhost, an address, or a name that the configuration has." };
}

function refuse(outgoing: ServerResponse, problem: ControlProblem): void {
  const body = JSON.stringify(toProblem(problem));
  outgoing.writeHead(toProblem(problem).status, { "content-type": problemMediaType, connection: "close" });
  outgoing.end(body);
}
