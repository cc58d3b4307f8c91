/** The product with simulated providers behind it, all on loopback. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SimulatedProviders, startSimulatedProviders } from "#demo";
import { realWorld } from "#world";
import { Product } from "./product.ts";

type ProviderOptions = Parameters<typeof startSimulatedProviders>[0];

export interface Stage {
  readonly product: Product;
  readonly providers: SimulatedProviders;
  /** The section of tare.yaml that names them. */
  readonly providersText: string;
  strike(): Promise<void>;
}

export interface StageOptions extends Partial<Pick<ProviderOptions, "faults" | "latency">> {
  readonly seed?: number;
  readonly threads?: number;
  /** Of the product's process, beside the providers' key. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kept for the caller to remove. */
  readonly folder?: string;
  readonly program?: string;
  /** More fields of the section `listen`. */
  readonly listen?: string;
  /** More of tare.yaml. */
  readonly config?: string | ((providers: SimulatedProviders["providers"]) => string);
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const invoiceFolder = mkdtempSync(join(tmpdir(), "tare-invoice-"));
  const providers = await startSimulatedProviders({
    world: realWorld(),
    seed: options.seed ?? 1,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    ...(options.latency === undefined ? {} : { latency: options.latency }),
    invoiceFolder,
  });
  const lists: Readonly<Record<string, string>> = { openai: "openai", anthropic: "anthropic", gemini: "google" };
  const config = providers.providers
    .map(
      ({ name, format, baseUrl }) =>
        `  ${name}: { format: ${format}, base_url: "${baseUrl}", api_key: "\${SIMULATED_KEY}", prices: ${lists[format]} }\n`,
    )
    .join("");
  const more = typeof options.config === "function" ? options.config(providers.providers) : (options.config ?? "");
  const providersText = `providers:\n${config}`;
  const product = new Product({
    config: `${providersText}${more}`,
    env: { SIMULATED_KEY: "sk-simulated-canary-provider-key", ...options.env },
    threads: options.threads ?? 1,
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    ...(options.program === undefined ? {} : { program: options.program }),
  });
  await product.start();
  return {
    product,
    providers,
    providersText,
    async strike() {
      await product.stop();
      await providers.close();
      if (options.folder === undefined && process.env["TARE_E2E_KEEP"] === undefined) product.remove();
      rmSync(invoiceFolder, { recursive: true, force: true });
    },
  };
}
