/** The one way to add a route: its permission comes from the table in `access`, and everything is checked before it runs. */
import { type IncomingMessage } from "node:http";
import { type HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { permissionOf } from "#access";
import { assert, err, ok, type Result } from "#std";
import { type Caller, type Doorkeeper } from "./doorkeeper.ts";
import { type ControlProblem, problemMediaType, toProblem } from "./problems.ts";
import { readBody, readBytes } from "./read-body.ts";
import { readQuery } from "./read-query.ts";
import { isFromLoopback, isFromOurPage, isUnsafe } from "./same-origin.ts";

type Permission = Extract<NonNullable<ReturnType<typeof permissionOf>>, { readonly listener: "control" }>;
export type ControlContext = Context<{ Bindings: HttpBindings }>;

/** What a route gives back; JSON is of the route's schema. */
export type Reply<Answer> = {
  readonly status?: 201 | 204 | 304;
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly json: Answer }
  | { readonly bytes: string | Uint8Array<ArrayBuffer>; readonly mediaType: string }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly mediaType: string }
);

interface Asked<Query, Body> {
  readonly query: Query;
  readonly body: Body;
  /** The body of a route of `anyBytes`, empty elsewhere. */
  readonly bytes: Buffer;
  /** The `{id}` of the path, empty where it has none. */
  readonly id: string;
  readonly caller: Caller | undefined;
  readonly context: ControlContext;
}

/** What the API document tells of a route. */
interface RouteDescription {
  readonly method: Permission["method"];
  readonly path: Permission["path"];
  readonly summary: string;
  readonly query: z.ZodObject;
  readonly body: z.ZodObject;
  readonly answer: z.ZodType | undefined;
  /** Other media types that the route may answer with. */
  readonly mediaTypes?: readonly string[];
  readonly status?: 201 | 204;
  /** Where its bodies may be larger than others. */
  readonly bodyBytesMax?: number;
  /** What an id of its path may be; letters, digits and `_.:-` where it is not said. */
  readonly ids?: RegExp;
}

export interface Route<
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  Answer extends z.ZodType,
> extends RouteDescription {
  readonly query: Query;
  readonly body: Body;
  readonly answer: Answer | undefined;
  readonly run: (
    asked: Asked<z.infer<Query>, z.infer<Body>>,
  ) => Promise<Result<Reply<z.infer<Answer>>, ControlProblem>>;
}

export interface RegisteredRoute extends RouteDescription {
  readonly needs: Permission["needs"];
}

/** The route has no parameters: one that is sent is an error. */
export const noQuery = z.strictObject({});
/** Any query is let through and ignored, for pages and scrapers. */
export const anyQuery = z.strictObject({});
/** The route reads no body. */
export const noBody = z.strictObject({});

export const BYTES_TYPE = "application/octet-stream";
/** The route reads a body of bytes as they are, at most `bodyBytesMax`. */
export const anyBytes = z.strictObject({});

const NOTHING = Buffer.alloc(0);
const ID = /^[A-Za-z0-9_.:-]{1,128}$/;

export class Routes {
  readonly #hono = new Hono<{ Bindings: HttpBindings }>();
  readonly #doorkeeper: Doorkeeper;
  readonly #registered: RegisteredRoute[] = [];

  constructor(doorkeeper: Doorkeeper) {
    this.#doorkeeper = doorkeeper;
  }

  get registered(): readonly RegisteredRoute[] {
    return this.#registered;
  }

  get hono(): Hono<{ Bindings: HttpBindings }> {
    return this.#hono;
  }

  add<Query extends z.ZodObject, Body extends z.ZodObject, Answer extends z.ZodType>(
    route: Route<Query, Body, Answer>,
  ): void {
    const permission = permissionOf("control", route.method, route.path);
    assert(permission?.listener === "control", `${route.method} ${route.path} has a row in the permission table`);
    const { method, path, summary, query, body, answer } = route;
    this.#registered.push({ ...route, method, path, summary, query, body, answer, needs: permission.needs });
    this.#hono.on(method, honoPath(path), async (context) => {
      const reply = await this.#answer(route, permission, context);
      return reply.ok ? toResponse(reply.value) : problemResponse(reply.error);
    });
  }

  /** The order is the promise: who asks, may they, is it from our page; only then is a byte of the body read. */
  async #answer<Query extends z.ZodObject, Body extends z.ZodObject, Answer extends z.ZodType>(
    route: Route<Query, Body, Answer>,
    permission: Permission,
    context: ControlContext,
  ): Promise<Result<Reply<z.infer<Answer>>, ControlProblem>> {
    const caller = await this.#admit(permission, context);
    if (!caller.ok) return caller;

    const id = context.req.param("id") ?? "";
    if (route.path.includes("{id}") && !(route.ids ?? ID).test(id))
      return err({ code: "not_found", detail: "There is no such id." });
    const search = new URL(context.req.url).searchParams;
    const query = route.query === anyQuery ? ok(route.query.parse({})) : readQuery(search, route.query);
    if (!query.ok) return query;
    const body = await bodyOf(route, context.env.incoming);
    if (!body.ok) return body;
    return route.run({ query: query.value, ...body.value, id, caller: caller.value, context });
  }

  async #admit(permission: Permission, context: ControlContext): Promise<Result<Caller | undefined, ControlProblem>> {
    const { needs } = permission;
    const { incoming } = context.env;
    if (isUnsafe(incoming) && !isFromOurPage(incoming)) return err(crossSite);
    if (needs === "open" || (needs === "viewer-unless-loopback" && isFromLoopback(incoming))) return ok(undefined);

    const found = await this.#doorkeeper.identify(incoming);
    if (!found.ok) return found;
    const caller = found.value;
    if (caller === undefined) return err(unauthenticated);
    if (!permission.admits(caller.role)) {
      return err({ code: "role_missing", detail: `This needs the role ${needs}; yours is ${caller.role}.` });
    }
    const problem = caller.by === "session" ? checkSession(incoming) : undefined;
    return problem === undefined ? ok(caller) : err(problem);
  }
}

async function bodyOf<Body extends z.ZodObject>(
  { body, bodyBytesMax }: Pick<RouteDescription, "bodyBytesMax"> & { readonly body: Body },
  incoming: IncomingMessage,
): Promise<Result<{ readonly body: z.infer<Body>; readonly bytes: Buffer }, ControlProblem>> {
  if (body === noBody) return ok({ body: body.parse({}), bytes: NOTHING });
  if (body === anyBytes) {
    assert(bodyBytesMax !== undefined, "a route that reads bytes says how many");
    const bytes = await readBytes(incoming, { mediaType: BYTES_TYPE, bytesMax: bodyBytesMax });
    return bytes.ok ? ok({ body: body.parse({}), bytes: bytes.value }) : bytes;
  }
  const read = await readBody(incoming, body, bodyBytesMax);
  return read.ok ? ok({ body: read.value, bytes: NOTHING }) : read;
}

function checkSession(incoming: IncomingMessage): ControlProblem | undefined {
  if (!isFromOurPage(incoming)) return crossSite;
  return isUnsafe(incoming) && incoming.headers["x-tare-session"] !== "1" ? headerMissing : undefined;
}

const crossSite = { code: "cross_site", detail: "Pages of other sites may not use this API." } as const;
const headerMissing = { code: "session_header_missing", detail: "Send x-tare-session: 1." } as const;
const unauthenticated = {
  code: "unauthenticated",
  detail: "Send Authorization: Bearer with a token, or open the link that tare printed at start.",
  headers: { "www-authenticate": "Bearer" },
} as const;

/** `{id}` of the table is `:id` in Hono. */
export function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

export function problemResponse(problem: ControlProblem): Response {
  const body = toProblem(problem);
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { "content-type": problemMediaType, "cache-control": "no-store", ...problem.headers },
  });
}

function toResponse(reply: Reply<unknown>): Response {
  const { status = 200, headers = {} } = reply;
  if (status === 204 || status === 304) return new Response(null, { status, headers });
  if ("json" in reply) {
    return new Response(JSON.stringify(reply.json), {
      status,
      headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    });
  }
  return new Response("stream" in reply ? toStream(reply.stream) : reply.bytes, {
    status,
    headers: { "content-type": reply.mediaType, "cache-control": "no-store", ...headers },
  });
}

/** Read as fast as it is taken; left when whoever asked is gone. */
function toStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
