import { type HttpRequest, type HttpResponse, Listener, type TlsIdentity, type UnreadableRequest } from "#http";
import { type WireFormat } from "#providers";
import { assert, unreachable } from "#std";
import { refusalsTotal } from "./families.ts";
import { type Refusal, refusals, speak } from "./refusals.ts";
import { type PathTable } from "./paths.ts";
import { type Surroundings } from "./surroundings.ts";

type Serve = (request: HttpRequest, response: HttpResponse) => void;

/** A listener that reads heads strictly and closes what is slow; it does not listen yet. */
export function createListener(
  around: Surroundings,
  { tls, paths, serve }: { readonly tls: TlsIdentity | undefined; readonly paths: PathTable; readonly serve: Serve },
): Listener {
  const { world, limits } = around;
  return new Listener({
    clock: world.clock,
    limits,
    tls,
    serve,
    varies,
    answerUnreadable: (why, path) => answerUnreadable(around, toRefusal(why, { paths, path }), paths.formatAt(path)),
  });
}

/** What a client says of one call alone. */
function varies(name: string): boolean {
  return name.startsWith("x-tare-") || OF_A_CALL.has(name);
}

const OF_A_CALL: ReadonlySet<string> = new Set(["traceparent", "tracestate", "baggage"]);

/** What cannot be read as a request is answered by hand, with all that other refusals have: there is no call yet. */
function answerUnreadable(around: Surroundings, refusal: Refusal, format: WireFormat): Buffer {
  const { code, facts } = refusal;
  around.metrics.count(refusalsTotal, code);
  const { status, shouldRetry } = refusals[code];
  const call = around.world.chance.id("call");
  const body = format.encodeError(speak(refusal, call));
  const ids = new Set(["x-request-id", ...format.upstreamIdHeaders]);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Error"}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    `date: ${new Date(around.world.clock.now()).toUTCString()}`,
    ...[...ids].map((name) => `${name}: ${call}`),
    `x-tare-call: ${call}`,
    ...(shouldRetry ? [] : ["x-should-retry: false"]),
    ...(facts?.["allow"] === undefined ? [] : [`allow: ${facts["allow"]}`]),
    "connection: close",
  ].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), body]);
}

// None of those that a head may have.
const OTHER_METHOD = "";

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

interface AskedPath {
  readonly paths: PathTable;
  readonly path: string;
}

function toRefusal(why: UnreadableRequest, { paths, path }: AskedPath): Refusal {
  switch (why) {
    case "too-slow":
      return { code: "too_slow" };
    case "head-too-large":
      return { code: "headers_too_large" };
    case "broken":
      return { code: "invalid_http" };
    case "other-method": {
      const found = paths.find(OTHER_METHOD, path);
      assert(!found.ok, "no path takes a method that is not read");
      return found.error;
    }
    default:
      return unreachable(why);
  }
}
