import { isIP } from "node:net";
import { z } from "zod";
import { DurationText } from "#units";

export const DEFAULT_PORT = 4000;
export const DEFAULT_CONTROL_PORT = 4001;
const THREADS_MAX = 256;
const SAYS_THREADS = "write auto, or a whole number from 1 to 256";
const HOST = /^[A-Za-z0-9.:[\]-]{1,253}$/;

const Port = z.int().min(0).max(65_535);
const Host = z.string().regex(HOST, "write a host name or an address");

const FILE_LENGTH_MAX = 4096;
const File = z.string().min(1).max(FILE_LENGTH_MAX);
const PROXIES_MAX = 64;

const TlsSection = z.strictObject({
  cert: File.describe("File with the certificate and its chain, PEM."),
  key: File.describe("File with the certificate's private key, PEM, without a passphrase."),
});

/** The section `listen` of tare.yaml. */
export const ListenSection = z.strictObject({
  host: Host.default("127.0.0.1").describe("Address of both listeners."),
  port: Port.default(DEFAULT_PORT).describe("Port of the data plane, where SDKs point; 0 takes any free one."),
  control_port: Port.default(DEFAULT_CONTROL_PORT).describe(
    "Port of the dashboard and the control API; 0 takes any free one.",
  ),
  otlp_port: Port.min(1)
    .optional()
    .describe(
      "A port of its own for spans, such as 4318 where exporters look by default; `/v1/traces` is taken on `port` as well.",
    ),
  control_hosts: z
    .array(Host)
    .default([])
    .describe("Names besides localhost and the address itself by which browsers may reach the dashboard."),
  threads: z
    .union([z.literal("auto"), z.int().min(1).max(THREADS_MAX)], { error: SAYS_THREADS })
    .default("auto")
    .describe("Gateway threads; `auto` is one less than there are cores."),
  tls: TlsSection.optional().describe(
    "Both listeners speak TLS with this certificate. Its files are read again when they change; open connections stay.",
  ),
  trust_proxy: z
    .array(z.string().refine(isProxy, { error: "write an address or a range such as 10.0.0.0/8" }))
    .max(PROXIES_MAX)
    .default([])
    .describe(
      "Addresses of proxies in front of Tare. What they say in X-Forwarded-For and X-Forwarded-Proto is believed; of nobody else.",
    ),
  drain_delay: DurationText.prefault("0s").describe(
    "After SIGTERM, calls are still taken for so long while `/readyz` says 503, so that a balancer turns away first.",
  ),
  drain: DurationText.prefault("25s").describe("After SIGTERM, running calls have this long to finish."),
});

/** An address, or a range of them. */
function isProxy(text: string): boolean {
  const [address = "", length] = text.split("/", 2);
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    bits > 0 &&
    (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits)) &&
    text.split("/").length <= 2
  );
}
