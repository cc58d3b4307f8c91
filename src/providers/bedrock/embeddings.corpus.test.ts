import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isObject, type JsonObject } from "../usage-counts.ts";
import { bedrockEmbeddings } from "./embeddings.ts";

const folder = path.resolve("../shared/data/provider-http/pydantic+pydantic-ai/tests/cassettes/test_embeddings");

interface Recorded {
  readonly model: string;
  readonly asked: JsonObject;
  readonly answer: JsonObject;
}

/** The calls of InvokeModel that were answered. */
function recordings(): readonly Recorded[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.startsWith("TestBedrock."));
  return files.flatMap((name) => {
    const { interactions } = parse(readFileSync(path.join(folder, name), "utf8")) as Cassette;
    return interactions.flatMap(({ request, response }) => {
      const model = /\/model\/([^/]+)\/invoke$/.exec(request.uri)?.[1];
      if (model === undefined || response.status.code !== 200 || !isObject(response.parsed_body)) return [];
      const asked = JSON.parse(request.body);
      return [{ model: decodeURIComponent(model), asked, answer: response.parsed_body }];
    });
  });
}

interface Cassette {
  readonly interactions: readonly {
    readonly request: { readonly uri: string; readonly body: string };
    readonly response: { readonly status: { readonly code: number }; readonly parsed_body: unknown };
  }[];
}

const recorded = recordings();

/** The texts in a request of any of these models. */
function textsIn({ inputText, texts, singleEmbeddingParams }: JsonObject): readonly unknown[] {
  if (Array.isArray(texts)) return texts;
  const text = isObject(singleEmbeddingParams) ? singleEmbeddingParams["text"] : undefined;
  return [inputText ?? (isObject(text) ? text["value"] : undefined)];
}

describe.skipIf(recorded.length === 0)("Recorded embeddings on Bedrock", () => {
  it("are of all the models that are known here", () => {
    const models = recorded.map(({ model }) => model);
    for (const part of [
      "titan-embed-text-v1",
      "titan-embed-text-v2",
      "cohere.embed-english-v3",
      "cohere.embed-v4",
      "nova",
    ])
      expect(
        models.some((model) => model.includes(part)),
        part,
      ).toBe(true);
  });

  it.each(recorded)("of $model are read, one vector for each text", ({ model, asked, answer }) => {
    const read = bedrockEmbeddings(model)?.decodeAnswer(answer);
    expect(read?.vectors).toHaveLength(textsIn(asked).length);
    for (const vector of read?.vectors ?? []) expect(vector.length).toBeGreaterThan(100);
  });

  it.each(recorded)("of $model were asked for with the fields that are written here", ({ model, asked }) => {
    const target = bedrockEmbeddings(model);
    const texts = textsIn(asked).map(String);
    const written = target?.encodePrompt({ texts, dimensions: 256, purpose: undefined }, model) ?? {};
    const known = new Set([...Object.keys(asked), "dimensions", "embedding_types", "output_dimension"]);
    expect(Object.keys(written).filter((name) => written[name] !== undefined && !known.has(name))).toEqual([]);
    expect(textsIn(written)).toEqual(texts);
  });
});
