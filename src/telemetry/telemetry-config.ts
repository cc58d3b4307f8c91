/** The section `telemetry` of tare.yaml. */
import { z } from "zod";
import { DurationText, type Secret, SecretText } from "#units";

const protocols = ["http/protobuf", "http/json"] as const;

/** Where spans and metrics go, with the secrets opened. */
export interface TelemetrySettings {
  readonly origin: string;
  /** Without a slash at its end; `/v1/traces` and `/v1/metrics` follow. */
  readonly basePath: string;
  readonly headers: readonly { readonly name: string; readonly value: Secret }[];
  readonly protocol: (typeof protocols)[number];
  readonly traces: boolean;
  readonly metrics: boolean;
  readonly metricsEveryMs: number;
  /** Share of traces whose spans are sent. */
  readonly sample: number;
  readonly serviceName: string;
}

/** What the exporter writes itself, or what belongs to the connection. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "transfer-encoding",
  "user-agent",
]);

const HeaderName = z
  .string()
  .max(128)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "write the name of an HTTP header")
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), { error: "Tare writes this header itself" });

const OtlpSection = z.strictObject({
  endpoint: z
    .string()
    .min(1)
    .max(2048)
    .describe(
      "The collector's address, such as `http://127.0.0.1:4318`; `/v1/traces` and `/v1/metrics` are added. https where headers are sent beyond this machine.",
    ),
  headers: z
    .record(HeaderName, SecretText)
    .default({})
    .describe("Headers sent along, such as a token: `${NAME}` or `file:/path`, taken whole."),
  protocol: z.enum(protocols).default("http/protobuf").describe("The encoding, always packed with gzip."),
  traces: z.boolean().default(true).describe("Whether spans are sent: one for each call and each of its attempts."),
  metrics: z.boolean().default(true).describe("Whether metrics are sent."),
  metrics_every: DurationText.refine((ms) => ms >= 1000, { error: "at least 1s" })
    .prefault("60s")
    .describe("How often metrics are sent."),
  sample: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("Share of traces whose spans are sent, 0 to 1. Whole traces, by their id; metrics count every call."),
  service_name: z.string().min(1).max(128).default("tare").describe("`service.name` of what is sent."),
});

export const TelemetrySection = z.strictObject({
  otlp: OtlpSection.optional().describe("Where spans and metrics of calls are sent by OTLP. Nowhere without it."),
});

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Why nothing can be sent to this address; undefined when something can. */
export function endpointProblem(text: string, { hasHeaders }: { readonly hasHeaders: boolean }): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return "write an address that begins with https:// or http://";
  if (url.username !== "" || url.password !== "")
    return "a user and password in the address are not sent; write a header";
  if (url.search !== "" || url.hash !== "") return "what stands behind ? or # is not sent; take it out";
  if (/\/v1\/(traces|metrics)\/?$/.test(url.pathname))
    return "write the address without /v1/traces or /v1/metrics; they are added";
  if (hasHeaders && url.protocol === "http:" && !LOOPBACK.test(url.hostname))
    return "headers may be secrets, and leave this machine only by https";
  return undefined;
}
