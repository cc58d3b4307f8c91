import { type z } from "zod";
import { Problem } from "#contract";
import { err, ok, type Result } from "#std";
import { type Secret } from "#units";
import { type NetworkProblem, type Upstream, type World } from "#world";

export type ApiProblem =
  | { readonly type: "unreachable"; readonly url: string; readonly problem: NetworkProblem["type"] }
  | { readonly type: "refused"; readonly status: number; readonly problem: Problem }
  | { readonly type: "not-understood"; readonly path: string; readonly status: number };

/** Rows of a list. `isCut`: there are more than these. */
export interface Listed<Row> {
  readonly rows: readonly Row[];
  readonly isCut: boolean;
}

/** One query: names and values, in order; a name may come again. */
export type Query = readonly (readonly [name: string, value: string | undefined])[];

const CONNECT_MS = 5_000;
const ANSWER_MS = 60_000;
/** A table of years is made while it is sent. */
const DOWNLOAD_MS = 3_600_000;

/** Asks the control API of a running Tare; every answer is checked against the contract. */
export class ApiClient {
  readonly #world: World;
  readonly #url: string;
  readonly #token: Secret | undefined;
  readonly #upstream: Upstream;

  constructor(world: World, { origin, token }: { readonly origin: string; readonly token: Secret | undefined }) {
    this.#world = world;
    this.#url = origin;
    this.#token = token;
    world.network.allow([origin]);
    this.#upstream = world.network.upstream(origin, { connectTimeoutMs: CONNECT_MS });
  }

  async get<Schema extends z.ZodType>(
    path: string,
    query: Query,
    schema: Schema,
  ): Promise<Result<z.infer<Schema>, ApiProblem>> {
    return this.#checked(path, schema, await this.#send({ method: "GET", path: withQuery(path, query) }));
  }

  async post<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<Result<z.infer<Schema>, ApiProblem>> {
    return this.#checked(
      path,
      schema,
      await this.#send({ method: "POST", path, body: Buffer.from(JSON.stringify(body)) }),
    );
  }

  /** Sends bytes as they are. */
  async postBytes<Schema extends z.ZodType>(
    path: string,
    { query, bytes }: { readonly query: Query; readonly bytes: Buffer },
    schema: Schema,
  ): Promise<Result<z.infer<Schema>, ApiProblem>> {
    const sent = { method: "POST", path: withQuery(path, query), body: bytes, mediaType: "application/octet-stream" };
    return this.#checked(path, schema, await this.#send(sent));
  }

  async put<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<Result<z.infer<Schema>, ApiProblem>> {
    return this.#checked(
      path,
      schema,
      await this.#send({ method: "PUT", path, body: Buffer.from(JSON.stringify(body)) }),
    );
  }

  /** Ends something; there is nothing in the answer. */
  async remove(path: string): Promise<Result<void, ApiProblem>> {
    const answer = await this.#send({ method: "DELETE", path });
    if (!answer.ok) return answer;
    return answer.value.status === 204 ? ok(undefined) : err(toProblem(path, answer.value));
  }

  /** The answer as it is, for what is not JSON; its headers are flat. */
  async text(path: string, query: Query): Promise<Result<Pick<Answer, "text" | "headers">, ApiProblem>> {
    const answer = await this.#send({ method: "GET", path: withQuery(path, query) });
    if (!answer.ok) return answer;
    return answer.value.status === 200 ? ok(answer.value) : err(toProblem(path, answer.value));
  }

  /** The bytes of an answer, piece by piece as they come; gives its headers, flat. */
  async download(
    path: string,
    query: Query,
    take: (bytes: Buffer) => void,
  ): Promise<Result<readonly string[], ApiProblem>> {
    const answer = await this.#send({ method: "GET", path: withQuery(path, query), take });
    if (!answer.ok) return answer;
    return answer.value.status === 200 ? ok(answer.value.headers) : err(toProblem(path, answer.value));
  }

  /** Every page of a list, up to `most` rows; from the page `after` on where one is given. */
  async pages<Row>(
    path: string,
    { query, schema, most, after }: { query: Query; schema: z.ZodType<Page<Row>>; most: number; after?: string },
  ): Promise<Result<Listed<Row>, ApiProblem>> {
    const rows: Row[] = [];
    for (let cursor = after; ;) {
      const page = await this.get(path, [...query, ["cursor", cursor]], schema);
      if (!page.ok) return page;
      rows.push(...page.value.rows);
      cursor = page.value.cursor;
      if (cursor === undefined || rows.length >= most)
        return ok({ rows: rows.slice(0, most), isCut: cursor !== undefined || rows.length > most });
    }
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }

  #checked<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    answer: Result<Answer, ApiProblem>,
  ): Result<z.infer<Schema>, ApiProblem> {
    if (!answer.ok) return answer;
    if (answer.value.status >= 300) return err(toProblem(path, answer.value));
    const parsed = schema.safeParse(readJson(answer.value.text));
    return parsed.success ? ok(parsed.data) : err({ type: "not-understood", path, status: answer.value.status });
  }

  /** `take` gets the bytes of an answer that is fine, which are then not kept. */
  #send({ method, path, body, mediaType = "application/json", take }: Sent): Promise<Result<Answer, ApiProblem>> {
    const authorization = this.#token === undefined ? [] : ["authorization", `Bearer ${this.#token.reveal()}`];
    const content = body === undefined ? [] : ["content-type", mediaType];
    const sent = ["accept", "application/json, text/csv", ...authorization, ...content];
    return new Promise((settle) => {
      let status = 0;
      let headers: readonly string[] = [];
      const chunks: Buffer[] = [];
      const exchange = this.#upstream.send(
        { method, path, headers: sent, body },
        {
          head: (code, fields) => {
            status = code;
            headers = fields;
          },
          data: (chunk) => {
            if (take === undefined || status !== 200) return chunks.push(chunk) > 0;
            take(chunk);
            return true;
          },
          end: () => {
            timer.cancel();
            settle(ok({ status, headers, text: Buffer.concat(chunks).toString("utf8") }));
          },
          problem: ({ type }) => {
            timer.cancel();
            settle(err({ type: "unreachable", url: this.#url, problem: type }));
          },
        },
      );
      const timer = this.#world.clock.after(take === undefined ? ANSWER_MS : DOWNLOAD_MS, () => exchange.cancel());
    });
  }
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly cursor?: string | undefined;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer;
  /** Of the body; JSON where it is not said. */
  readonly mediaType?: string;
  readonly take?: (bytes: Buffer) => void;
}

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of query) if (value !== undefined) search.append(name, value);
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

function toProblem(path: string, { status, text }: Answer): ApiProblem {
  const problem = Problem.safeParse(readJson(text));
  return problem.success
    ? { type: "refused", status, problem: problem.data }
    : { type: "not-understood", path, status };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
