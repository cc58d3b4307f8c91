import { assert } from "#std";
import { type FormatName } from "#inference";
import { type World } from "#world";
import { anthropicProtocol } from "./anthropic/anthropic-protocol.ts";
import { type FaultRates } from "./faults.ts";
import { geminiProtocol } from "./gemini/gemini-protocol.ts";
import { Invoice, type InvoiceLine } from "./invoice.ts";
import { type Latency } from "./latency.ts";
import { openaiProtocol } from "./openai/openai-protocol.ts";
import { SimulatedProvider } from "./simulated-provider.ts";

export interface SimulatedProvidersOptions {
  readonly world: World;
  readonly seed: string | number;
  /** None by default. */
  readonly faults?: FaultRates;
  /** `none` by default: answers come as fast as they can be written. */
  readonly latency?: Latency;
  /** Where `<provider>.jsonl` is kept; without it invoices are only in memory. */
  readonly invoiceFolder?: string;
}

export interface SimulatedProviders {
  readonly providers: readonly SimulatedAddress[];
  /** What all of them bill, running attempts included. */
  invoice(): readonly InvoiceLine[];
  close(): Promise<void>;
}

/** `baseUrl` is what a client of the format's own SDK is given: OpenAI's ends with the version. */
export interface SimulatedAddress {
  readonly name: string;
  readonly format: FormatName;
  readonly baseUrl: string;
}

const kinds = [
  { name: "openai", protocol: openaiProtocol, version: "/v1" },
  { name: "claude", protocol: anthropicProtocol, version: "" },
  { name: "gemini", protocol: geminiProtocol, version: "" },
] as const;

/** Three providers on ports of the loopback interface; with the same seed and the same calls they answer the same. */
export async function startSimulatedProviders(options: SimulatedProvidersOptions): Promise<SimulatedProviders> {
  const { world, faults = {}, latency = "none", invoiceFolder } = options;
  const started = await Promise.all(
    kinds.map(async ({ name, protocol, version }) => {
      const file = invoiceFolder === undefined ? undefined : openInvoice(world, { folder: invoiceFolder, name });
      const invoice = new Invoice(file);
      // A provider that goes on with its invoice must not give the ids on it a second time.
      const seed = `${options.seed}:${file?.length ?? 0}`;
      const provider = new SimulatedProvider({ name, protocol: protocol(), world, seed, faults, latency, invoice });
      const port = await provider.listen();
      const address = { name, format: provider.parts.protocol.format, baseUrl: `http://127.0.0.1:${port}${version}` };
      return { provider, invoice, address };
    }),
  );
  return {
    providers: started.map(({ address }) => address),
    invoice: () => started.flatMap(({ invoice }) => invoice.lines()),
    close: async () => {
      await Promise.all(started.map(({ provider }) => provider.close()));
    },
  };
}

function openInvoice(world: World, { folder, name }: { folder: string; name: string }) {
  const made = world.disk.makeFolder(folder);
  assert(made.ok, "the folder for invoices can be made");
  const opened = world.disk.openAppend(`${folder}/${name}.jsonl`);
  assert(opened.ok, "an invoice can be opened");
  return opened.value;
}
