/** A gateway on a real listener between a client of `node:http` and scripted providers, for tests. */
import { createSecretKey, type KeyObject } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { KeyDigester, type KeyRecord } from "#access";
import { type BudgetDefinition, BudgetTable, EmbeddedAuthority } from "#budget";
import { type JournalEvent } from "#events";
import { type ExactCounter } from "#inference";
import { bundledSeed, ownSkus, PriceBook } from "#pricing";
import { wireFormats } from "#providers";
import { type Provider, type Route } from "#routing";
import { err, ok } from "#std";
import { instant, Secret } from "#units";
import { type Network, realWorld } from "#world";
import { type AnswerPin } from "./answer-pin.ts";
import { CallBudgets } from "./call-budgets.ts";
import { Gateway } from "./gateway.ts";
import { type Limits } from "./limits.ts";
import { type Snapshot } from "./snapshot.ts";

/** What a provider was sent. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Script = (sent: Sent, response: ServerResponse, number: number) => void;

export interface RigOptions {
  readonly script: Script;
  readonly provider?: Partial<Provider>;
  /** More providers after `openai`, each with the same script unless it names an origin. */
  readonly more?: readonly (Partial<Provider> & Pick<Provider, "name">)[];
  readonly routes?: Readonly<Record<string, Partial<Route> & { readonly to: readonly string[] }>>;
  readonly direct?: Partial<Snapshot["table"]["direct"]>;
  readonly limits?: Partial<Limits>;
  readonly logsCalls?: boolean;
  readonly key?: Partial<KeyRecord>;
  readonly keys?: readonly (Partial<KeyRecord> & { readonly secret: string })[];
  readonly budgets?: readonly BudgetDefinition[];
  readonly counter?: ExactCounter;
  readonly claim?: (answer: string) => Promise<boolean>;
  /** What stands between the gateway and the network. */
  readonly network?: (network: Network) => Network;
  /** Told where the provider listens, before anything is made that may have to name it. */
  readonly placed?: (origin: string) => void;
}

export const CLIENT_SECRET = "tare_sk_client-canary";
export const PROVIDER_SECRET = "sk-provider-canary";

const timeouts = { connectMs: 1_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 10_000 };
const direct = { retries: 0, timeouts, maxOutputTokens: 100, holdCeiling: undefined, defaults: {} };

export class Rig {
  readonly gateway: Gateway;
  readonly sent: Sent[] = [];
  readonly events: JournalEvent[] = [];
  readonly logged: string[] = [];
  readonly pins: AnswerPin[] = [];
  readonly budgets: CallBudgets;
  readonly authority: EmbeddedAuthority;
  /** Answers of the journal from now on. */
  isDiskFull = false;
  /** What the journal waits for before it writes an event down at the end of a turn; undefined is nothing. */
  beforeWrite: ((event: JournalEvent) => Promise<void> | undefined) | undefined;
  /** The configuration that it started with. */
  snapshot: Snapshot | undefined;
  url = "";
  port = 0;
  upstreamUrl = "";
  readonly #upstream: Server;

  private constructor(
    definitions: readonly BudgetDefinition[],
    gateway: (rig: Rig) => Gateway,
    upstream: (rig: Rig) => Server,
  ) {
    const { clock } = realWorld();
    this.authority = new EmbeddedAuthority(new BudgetTable(definitions, 1), {
      send: (_, message) => void setImmediate(() => this.budgets.receive([message])),
      reached: () => undefined,
    });
    this.authority.join("rig");
    this.budgets = new CallBudgets({
      clock,
      holder: "rig",
      send: (message) => void setImmediate(() => this.authority.receive([message], clock.now())),
    });
    this.budgets.apply(definitions, 1);
    this.gateway = gateway(this);
    this.#upstream = upstream(this);
  }

  static async start(options: RigOptions): Promise<Rig> {
    const world = realWorld();
    const upstream = createServer();
    const listening = await world.network.listen(upstream, { host: "127.0.0.1", port: 0, shared: false });
    const origin = `http://127.0.0.1:${listening.ok ? listening.value.port : 0}`;
    options.placed?.(origin);
    const providers = providersOf(options, origin);
    // Whoever gives out credentials stands where the provider does, and is reached for that purpose alone all the same.
    world.network.allow(
      providers.map((provider) => provider.origin),
      [origin],
    );
    const pepper = createSecretKey(Buffer.alloc(32, 1));
    const snapshot = await snapshotOf(options, providers);
    const between = { ...world, network: options.network?.(world.network) ?? world.network };
    const rig = new Rig(
      options.budgets ?? [],
      (self) =>
        new Gateway({
          world: between,
          snapshot,
          pepper,
          formats: wireFormats,
          threads: 1,
          budgets: self.budgets,
          ...(options.counter === undefined ? {} : { counter: options.counter }),
          log: (...line) => self.logged.push(JSON.stringify(line)),
          limits: options.limits ?? {},
          journal: {
            append(event) {
              if (self.isDiskFull) return err({ type: "disk-full" });
              self.events.push(event);
              return ok(undefined);
            },
            appendInTurn(event, written) {
              const write = () => world.clock.afterTurn(() => written(this.append(event)));
              const waited = self.beforeWrite?.(event);
              if (waited === undefined) write();
              else void waited.then(write);
            },
          },
          pins: { tell: (pin) => self.pins.push(pin), claim: options.claim ?? (() => Promise.resolve(true)) },
        }),
      (self) => scripted(upstream, { sent: self.sent, script: options.script }),
    );
    rig.snapshot = snapshot;
    rig.gateway.applyKeys({ type: "keys-put", records: recordsOf(options, pepper) });
    const opened = await world.network.listen(rig.gateway.server, { host: "127.0.0.1", port: 0, shared: false });
    rig.port = opened.ok ? opened.value.port : 0;
    rig.url = `http://127.0.0.1:${rig.port}`;
    rig.upstreamUrl = origin;
    return rig;
  }

  /** Events of one type, in order. */
  booked<Type extends JournalEvent["type"]>(type: Type): Extract<JournalEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<JournalEvent, { type: Type }> => event.type === type);
  }

  async stop(): Promise<void> {
    this.#upstream.closeAllConnections();
    this.#upstream.close();
    await this.gateway.drain(0);
  }
}

function scripted(upstream: Server, { sent, script }: { readonly sent: Sent[]; readonly script: Script }): Server {
  return upstream.on("request", (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = incoming;
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      sent.push(one);
      script(one, response, sent.length);
    });
  });
}

function recordsOf({ key, keys = [] }: RigOptions, pepper: KeyObject): readonly KeyRecord[] {
  return [{ secret: CLIENT_SECRET, ...key }, ...keys].map(({ secret, ...pins }, index) => ({
    id: `key_${index}`,
    name: `key ${index}`,
    digest: new KeyDigester(pepper).digest(new Secret(secret)),
    hint: "…",
    origin: "config",
    createdAt: instant(0),
    ...pins,
  }));
}

function providersOf({ provider, more = [] }: RigOptions, origin: string): readonly Provider[] {
  return [{ name: "openai", ...provider }, ...more].map((one) => ({
    format: "openai",
    origin,
    basePath: "/v1",
    apiKey: new Secret(PROVIDER_SECRET),
    prices: "openai",
    region: undefined,
    onClientGone: "cancel",
    trace: false,
    streamUsage: true,
    ...one,
  }));
}

async function snapshotOf(options: RigOptions, providers: readonly Provider[]): Promise<Snapshot> {
  const configured = providers.map(({ name, prices }) => ({ provider: name, prices, rates: {} }));
  const lists = new Set(providers.map((provider) => provider.prices));
  // The whole book takes 50 ms to build, and each test builds one.
  const seed = (await bundledSeed()).filter(({ id }) => lists.has(id));
  const prices = PriceBook.build({ seed, own: ownSkus().filter(({ provider }) => lists.has(provider)), configured });
  const routes = Object.entries(options.routes ?? {}).map(([name, { to, ...route }]): [string, Route] => {
    const targets = to.flatMap((target) => {
      const [prefix = "", model = ""] = target.split("/");
      return providers.filter((provider) => provider.name === prefix).map((provider) => ({ provider, model }));
    });
    return [name, { ...direct, ...options.direct, name, targets, ...route }];
  });
  const table = { providers, routes: new Map(routes), direct: { ...direct, ...options.direct } };
  return { revision: "test", table, prices, refusalStatus: 402, logsCalls: options.logsCalls === true };
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  /** Several values are a line each. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | undefined;
  /** Without the key that every call otherwise carries. */
  readonly isAnonymous?: boolean;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The connection ended before the body's own end. */
  readonly isCut: boolean;
}

/** One call on a connection of its own. */
export function ask(
  rig: Rig,
  { method = "POST", path = "/v1/chat/completions", headers, body, isAnonymous }: Ask,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const key = isAnonymous === true ? {} : { authorization: `Bearer ${CLIENT_SECRET}` };
    const sending = request(
      `${rig.url}${path}`,
      { method, agent: false, headers: { ...key, ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", () => undefined);
        answer.on("close", () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
            isCut: !answer.complete,
          }),
        );
      },
    );
    sending.on("error", reject);
    // As bytes: node writes head and body as one UTF-8 text when the body is a string.
    sending.end(body === undefined ? undefined : Buffer.from(body));
  });
}

export function chat(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "prompt-canary" }], ...fields });
}

export const wholeAnswer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-5-mini-2025-08-07",
  choices: [{ index: 0, message: { role: "assistant", content: "answer-canary" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
});

export function frame(content: string): string {
  const delta = { index: 0, delta: { content }, finish_reason: null };
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "gpt-5-mini", choices: [delta] })}\n\n`;
}

export const usageFrame = `data: ${JSON.stringify({
  id: "c",
  object: "chat.completion.chunk",
  model: "gpt-5-mini",
  choices: [],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
})}\n\n`;
export const doneFrame = "data: [DONE]\n\n";

/** Answers a plain call whole and a streaming one in three frames. */
export const answering: Script = (sent, response) => {
  if (!sent.body.includes('"stream":true')) {
    response.writeHead(200, { "content-type": "application/json", "x-request-id": "req_upstream" });
    response.end(wholeAnswer);
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(frame("one"));
  response.write(frame("two"));
  response.end(usageFrame + doneFrame);
};
