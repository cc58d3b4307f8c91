/** What providers, models and meters are called in FOCUS, where the ledger has only ids. */
import { type UsageClass } from "#inference";
import { type Meter } from "./charge.ts";
import { meterOf } from "./meters.ts";

export interface ProviderNames {
  /** Who made the models. */
  readonly developer: string;
  readonly provider: string;
  readonly host: string;
  readonly invoiceIssuer: string;
  readonly service: string;
  /** Its own ids are unlike everybody else's; those of others stand behind its name. */
  readonly isDeveloper: boolean;
}

export interface ModelNames {
  readonly called: string;
  readonly family: string | undefined;
  readonly version: string | undefined;
}

export interface FocusNames {
  readonly account: (provider: string) => { readonly id: string; readonly name: string | undefined };
  /** By the price list that sold it, and by its name in tare.yaml. */
  readonly provider: (list: string | undefined, name: string) => ProviderNames;
  readonly model: (id: string) => ModelNames;
  readonly meter: (name: UsageClass) => Meter;
}

export const OWN = "(none)";

const developers: Readonly<Record<string, string>> = {
  openai: "OpenAI",
  anthropic: "Anthropic",
  google: "Google",
  mistral: "Mistral AI",
  deepseek: "DeepSeek",
  cohere: "Cohere",
  "x-ai": "xAI",
};

const DATED = /^(.+?)[-@](\d{4}-?\d{2}-?\d{2}|v\d+(?::\d+)?)$/;

/** What can be known without being told: vendors by their price lists, versions by the date behind a model's id. */
export const plainNames: FocusNames = {
  account: (provider) => ({ id: provider === OWN ? "tare" : provider, name: undefined }),
  provider: (list, name) => {
    const developer = developers[list ?? ""];
    const called = developer ?? (name === OWN ? "Own organisation" : name);
    const parties = { developer: called, provider: called, host: called, invoiceIssuer: called };
    return { ...parties, service: `${called} API`, isDeveloper: developer !== undefined };
  },
  model: (id) => {
    const [, family, version] = DATED.exec(id) ?? [];
    return { called: id, family, version };
  },
  meter: meterOf,
};
