/** Recorded exchanges with providers, read from the folder of corpora beside the repository. Nothing is copied from there. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseDocument } from "yaml";
import { toBytes, unpacked } from "./recorded-bytes.ts";
import { placeOf, type RecordedPlace, shapeOf } from "./recorded-place.ts";

export interface Exchange {
  /** Below the folder of the corpus, with the number of the exchange in its file. */
  readonly name: string;
  /** Who answered, as the index of the corpus calls it. */
  readonly provider: string;
  readonly place: RecordedPlace;
  readonly method: string;
  readonly url: string;
  /** Undefined for bodies that were recorded without their exchange. */
  readonly request: RecordedMessage | undefined;
  readonly status: number;
  readonly answer: RecordedMessage;
}

export interface RecordedMessage {
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const corpusFolder = path.resolve("../shared/data/provider-http");

/** False where the corpora are not at hand; their tests then say so and skip. */
export function hasCorpus(): boolean {
  return existsSync(path.join(corpusFolder, "INDEX.csv"));
}

export interface Wanted {
  readonly isBedrock?: boolean;
  /** Of the index's lines: reading all files takes a quarter of a minute. */
  readonly line?: RegExp;
}

/** Every recorded exchange in a wire format that clients speak, file by file; or those in the one that targets alone do. */
export function* readExchanges({ isBedrock = false, line = /./ }: Wanted = {}): Generator<Exchange> {
  for (const [file, { format, provider }] of indexedFiles(isBedrock, line)) {
    const text = readFileSync(path.join(corpusFolder, file), "utf8");
    const all =
      format === "body-only" ? readFixture(file, provider, text) : readCassette(file, provider, parseCassette(text));
    for (const exchange of all) if ((exchange.place.format === "bedrock") === isBedrock) yield exchange;
  }
}

function indexedFiles(isBedrock: boolean, wanted: RegExp): Map<string, { format: string; provider: string }> {
  const files = new Map<string, { format: string; provider: string }>();
  const lines = readFileSync(path.join(corpusFolder, "INDEX.csv"), "utf8").split("\n").slice(1);
  for (const line of lines) {
    if (!wanted.test(line)) continue;
    const [file = "", , , , , format = "", provider = "", , url = ""] = line.split(",");
    const place = placeOf(url);
    const isOurs =
      format === "body-only" ? !isBedrock : place !== undefined && (place.format === "bedrock") === isBedrock;
    if (file !== "" && isOurs) files.set(file, { format, provider });
  }
  return files;
}

/** What wrote some of them goes on with a quoted text in the first column, which YAML forbids and everybody can read. */
function parseCassette(text: string): Cassette {
  return parseDocument(text, { strict: false }).toJS() as Cassette;
}

interface Cassette {
  readonly interactions?: readonly Interaction[];
}

interface Interaction {
  readonly request: Record<string, unknown>;
  readonly response: Record<string, unknown>;
}

function* readCassette(file: string, provider: string, cassette: Cassette): Generator<Exchange> {
  for (const [index, { request, response }] of (cassette.interactions ?? []).entries()) {
    const url = String(request["uri"] ?? request["url"]);
    const place = placeOf(url);
    if (place === undefined) continue;
    const answer = readMessage(response);
    yield {
      name: `${file}#${index}`,
      provider,
      place,
      method: String(request["method"]),
      url,
      request: readMessage(request),
      status: statusOf(response),
      answer,
    };
  }
}

function statusOf(response: Record<string, unknown>): number {
  const status = response["status"];
  if (typeof status === "object" && status !== null && "code" in status) return Number(status.code);
  return Number(response["code"] ?? response["status_code"] ?? status);
}

function readMessage(message: Record<string, unknown>): RecordedMessage {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries((message["headers"] ?? {}) as Record<string, unknown>)) {
    headers.set(
      name.toLowerCase(),
      [value]
        .flat()
        .map((one) => toBytes(one).toString("utf8"))
        .join(", "),
    );
  }
  const parsed = message["parsed_body"];
  const body =
    parsed === undefined ? toBytes(message["body"] ?? message["content"]) : Buffer.from(JSON.stringify(parsed));
  return { headers, body: unpacked(body) };
}

function* readFixture(file: string, provider: string, text: string): Generator<Exchange> {
  const isStream = file.endsWith(".chunks.txt");
  const lines = isStream ? text.split("\n").filter((line) => line.trim() !== "") : [text];
  const shape = shapeOf(lines);
  if (shape === undefined) return;
  const type = isStream ? "text/event-stream" : "application/json";
  yield {
    name: file,
    provider,
    place: shape.place,
    method: "POST",
    url: "",
    request: undefined,
    status: 200,
    answer: { headers: new Map([["content-type", type]]), body: isStream ? shape.toStream(lines) : Buffer.from(text) },
  };
}
