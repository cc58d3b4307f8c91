import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { assert } from "#std";
import { type World } from "#world";
import { readDirective } from "./directive.ts";
import { drawFault, type FaultKind, type FaultRates } from "./faults.ts";
import { type Invoice } from "./invoice.ts";
import { type Latency } from "./latency.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { Prose } from "./prose.ts";
import { complain, type Protocol, type ProviderCall, type ProviderParts, type SimulatedEndpoint } from "./protocol.ts";
import { Random } from "./random.ts";
import { Reply } from "./reply.ts";

export interface ProviderOptions {
  readonly name: string;
  readonly protocol: Protocol;
  readonly world: World;
  readonly seed: string;
  readonly faults: FaultRates;
  readonly latency: Latency;
  readonly invoice: Invoice;
}

const KEEP_ALIVE_MS = 75_000;
const BODY_BYTES_MAX = 96 * 1024 * 1024;

/** One provider on its own port of the loopback interface. */
export class SimulatedProvider {
  readonly parts: ProviderParts;
  readonly #options: ProviderOptions;
  readonly #server: Server;
  readonly #routes: readonly Route[];
  #ordinal = 0;
  #minute = 0;
  #callsThisMinute = 0;
  readonly #running = new Set<Promise<void>>();

  constructor(options: ProviderOptions) {
    const { name, protocol, world, latency, invoice, seed } = options;
    this.#options = options;
    const prose = new Prose(new Random(seed, name, "prose"));
    this.parts = { name, protocol, world, latency, invoice, prefixCache: new PrefixCache(), prose };
    this.#routes = protocol.endpoints.map(toRoute);
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
      this.#receive(request, response),
    );
  }

  /** The port it answers on. */
  async listen(): Promise<number> {
    const { network } = this.#options.world;
    const listening = await network.listen(this.#server, { host: "127.0.0.1", port: 0, shared: false });
    assert(listening.ok, "the loopback interface has a free port");
    return listening.value.port;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    await Promise.all(this.#running);
    this.#options.invoice.close();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) request.destroy();
      else chunks.push(chunk);
    });
    request.on("error", () => undefined);
    request.on("end", () => {
      const body = chunks[0] !== undefined && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      const running = this.#answer(request, response, body);
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const reply = new Reply(response, this.#options.world.clock);
    if (url.pathname === "/_invoice") return this.#showInvoice(reply);
    const found = findRoute(
      this.#routes,
      request.method ?? "GET",
      url.pathname.replace(/^\/v1(?:beta|alpha)?(?=\/)/, ""),
    );
    const call = this.#toCall(request, {
      url,
      reply,
      body,
      parameter: found?.parameter,
    });
    if (!isCredential(this.#options.protocol.credentialOf(request.headers, url.searchParams))) {
      return complain(call, { type: "authentication" });
    }
    if (found === undefined) return complain(call, { type: "not-found", what: "path", name: url.pathname });
    const { fault } = call;
    if (fault === "rate-limit" || fault === "server-error" || fault === "unavailable" || fault === "overloaded") {
      return complain(call, { type: fault });
    }
    await found.endpoint.answer(call);
  }

  #toCall(
    request: IncomingMessage,
    { url, reply, body, parameter }: { url: URL; reply: Reply; body: Buffer; parameter: string | undefined },
  ): ProviderCall {
    const { world, seed, name, protocol, faults } = this.#options;
    const random = new Random(seed, name, this.#ordinal++);
    const at = world.clock.now();
    const text = body.toString("utf8");
    const directive = readDirective(text);
    const drawn = drawFault(faults, random);
    const fault: FaultKind | undefined = directive.fault === "none" ? undefined : (directive.fault ?? drawn);
    return {
      provider: this.parts,
      at,
      startedMs: world.clock.monotonicMs(),
      requestId: protocol.newRequestId(random),
      random,
      headers: request.headers,
      query: url.searchParams,
      parameter: parameter ?? "",
      body,
      text,
      directive,
      fault,
      callsThisMinute: this.#countCall(Math.floor(at / 60_000)),
      reply,
    };
  }

  #countCall(minute: number): number {
    if (minute !== this.#minute) this.#callsThisMinute = 0;
    this.#minute = minute;
    return ++this.#callsThisMinute;
  }

  #showInvoice(reply: Reply): void {
    const lines = this.#options.invoice.lines();
    const running = lines.filter((line) => line.state === "running").length;
    const body = JSON.stringify({ provider: this.#options.name, running, lines });
    reply.send(200, ["content-type", "application/json"], body);
  }
}

interface Route {
  readonly endpoint: SimulatedEndpoint;
  readonly pattern: RegExp;
}

function toRoute(endpoint: SimulatedEndpoint): Route {
  const source = endpoint.path.replaceAll(/\{\w+\}/g, "([^/:]+)");
  return { endpoint, pattern: new RegExp(`^${source}$`) };
}

function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { endpoint: SimulatedEndpoint; parameter: string } | undefined {
  for (const { endpoint, pattern } of routes) {
    if (endpoint.method !== method) continue;
    const match = pattern.exec(path);
    if (match !== null) return { endpoint, parameter: decodeURIComponent(match[1] ?? "") };
  }
  return undefined;
}

/** Any credential is good but those that begin with `bad-`: tests need one that is not. */
function isCredential(credential: string | undefined): boolean {
  return credential !== undefined && credential !== "" && !credential.startsWith("bad-");
}
