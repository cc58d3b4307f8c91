/** The API document, made from the contract's schemas and the registered routes; nothing is written by hand twice. */
import { z } from "zod";
import * as contract from "#contract";
import { anyBytes, BYTES_TYPE, noBody, type RegisteredRoute } from "./routes.ts";

type Json = Readonly<Record<string, unknown>>;

const JSON_TYPE = "application/json";

export function openApiDocument(routes: readonly RegisteredRoute[], version: string): Json {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    // The dashboard's files are no part of the API, and `/*` is no path template of OpenAPI.
    if (route.path.endsWith("*")) continue;
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tare control API",
      version,
      description: "Money is in nanos: billionths of the book currency, as decimal strings. Lists are paged by cursor.",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: schemas.all(),
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "tare_session",
          description: "What changes something also needs the header x-tare-session: 1, and a page of the same origin.",
        },
      },
    },
  };
}

function operation(route: RegisteredRoute, schemas: Schemas): Json {
  const { method, path, summary, needs, query, body } = route;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...queryParameters(query),
  ];
  return {
    operationId: operationId(method, path),
    summary,
    ...(needs === "open" ? { security: [] } : { security: securityOf(needs), "x-tare-role": needs }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === noBody ? {} : { requestBody: { required: true, content: bodyContent(body, schemas) } }),
    responses: {
      [String(route.status ?? 200)]: answerOf(route, schemas),
      default: {
        description: "A problem, with a stable code.",
        content: { "application/problem+json": { schema: schemas.refer(contract.Problem) } },
      },
    },
  };
}

function bodyContent(body: z.ZodObject, schemas: Schemas): Json {
  return body === anyBytes ? { [BYTES_TYPE]: {} } : { [JSON_TYPE]: { schema: schemas.refer(body) } };
}

function securityOf(needs: RegisteredRoute["needs"]): readonly Json[] {
  const ways = [{ token: [] }, { session: [] }];
  return needs === "viewer-unless-loopback" ? [{}, ...ways] : ways;
}

function answerOf({ answer, summary, mediaTypes = [] }: RegisteredRoute, schemas: Schemas): Json {
  const content = {
    ...(answer === undefined ? {} : { [JSON_TYPE]: { schema: schemas.refer(answer) } }),
    ...Object.fromEntries(
      mediaTypes.map((type) => [type, { schema: { type: type === JSON_TYPE ? "object" : "string" } }]),
    ),
  };
  return { description: summary, ...(Object.keys(content).length === 0 ? {} : { content }) };
}

/** `filter` of the schemas is written as parameters named like dimensions, which an exploded object describes. */
function queryParameters(query: z.ZodObject): readonly Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => {
    const isFilter = name === "filter";
    const isList = typeof schema === "object" && schema.type === "array";
    return {
      name,
      in: "query",
      required: required.includes(name),
      ...(isFilter ? { description: "Any dimension or tag.NAME; repeated ones mean OR, different ones AND." } : {}),
      ...(isFilter || isList ? { style: "form", explode: isFilter } : {}),
      schema,
    };
  });
}

function operationId(method: string, path: string): string {
  const words = path.split(/[/.]/).filter((word) => word !== "" && word !== "api" && word !== "v1");
  const name = words.map((word) => (word.startsWith("{") ? "one" : word)).join("-");
  return `${method.toLowerCase()}-${name}`;
}

/** Schemas of the contract go into the document once, under the name they are exported with. */
class Schemas {
  readonly #used = new Map<string, z.ZodType>();

  refer(schema: z.ZodType): Json {
    const name = Object.entries(contract).find(([, exported]) => exported === schema)?.[0];
    if (name === undefined) return bare(z.toJSONSchema(schema, { io: "input" }));
    this.#used.set(name, schema);
    return { $ref: `#/components/schemas/${name}` };
  }

  all(): Json {
    const names = [...this.#used.keys()].toSorted();
    return Object.fromEntries(names.map((name) => [name, bare(z.toJSONSchema(this.#schema(name), { io: "input" }))]));
  }

  #schema(name: string): z.ZodType {
    return this.#used.get(name) ?? z.never();
  }
}

function bare(schema: object): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== "$schema"));
}
