/** The sections `providers`, `routes` and `direct` of tare.yaml. */
import { z } from "zod";
import { dialectNames, formatNames } from "#inference";
import { PricingSection } from "#pricing";
import { DurationText, MoneyText, SecretText } from "#units";
import { HedgeSection, LastResortSection, RouteCacheSection } from "./answer-config.ts";
import { strategies } from "./route.ts";
import { AwsSection, AzureSection, VertexSection } from "./cloud-config.ts";
import { TargetSection } from "./target-config.ts";

const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const ROUTE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,127}$/;
const RETRIES_MAX = 10;
const TARGETS_MAX = 32;
const KEYS_MAX = 16;
const REGIONS_MAX = 16;
const OUTPUT_TOKENS_MAX = 10_000_000;

const ProviderName = z
  .string()
  .regex(PROVIDER_NAME, "a provider's name is 1 to 64 letters, digits, dots, hyphens or underscores");
const RouteName = z.string().regex(ROUTE_NAME, "a route's name is 1 to 128 letters, digits or any of . _ - : / @");

const NoKey = z.literal("none").transform(() => undefined);

const ProviderSection = z.strictObject({
  format: z
    .enum(formatNames)
    .describe(
      "The wire format that the provider speaks. Conversations in other formats are translated into it. No client speaks `bedrock`.",
    ),
  dialect: z
    .enum(dialectNames)
    .optional()
    .describe(
      "Who made a server that speaks OpenAI's format: which conversations it serves, and what translated calls must leave out for it. `openai` where no `base_url` is set.",
    ),
  api_version: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(?:-preview)?$/, "a version of Azure's API is a date, such as 2024-10-21")
    .optional()
    .describe(
      "Of Azure OpenAI's API with deployments in its paths: `base_url` is then `https://NAME.openai.azure.com`, and a model's name is that of its deployment.",
    ),
  azure: AzureSection.optional().describe(
    "Who asks Azure OpenAI, in place of a key; `api_key` is then `none`. Works with `api_version` and without.",
  ),
  aws: AwsSection.optional().describe(
    "Of AWS Bedrock. With one of an access key, `web_identity`, `container` and `instance`, `api_key` is `none`; without it is an API key of Bedrock's.",
  ),
  vertex: VertexSection.optional().describe(
    "Of Gemini or Claude on Google's Vertex AI. With one of `service_account`, `metadata` and `external_account`, `api_key` is `none`; Gemini takes a key of express mode without.",
  ),
  api_key: z
    .union([NoKey, SecretText], {
      error: "write ${NAME}, file:/path, or none where the provider takes no key",
    })
    .describe("Where the provider's own key is found: `${NAME}` (environment), `file:/path`, or `none`."),
  more_keys: z
    .array(SecretText)
    .max(KEYS_MAX - 1)
    .default([])
    .describe("More keys of the provider: all are used in turn, and one that is limited or denied rests."),
  base_url: z
    .url({ protocol: /^https?$/, error: "write an http or https URL, such as http://127.0.0.1:8000/v1", abort: true })
    .refine(isPlainUrl, "a base URL has no user, password, query or fragment")
    .optional()
    .describe(
      "Where the provider is reached, as its own SDK takes it: with the version in its path for the OpenAI format (`…/v1`), without for Anthropic and Gemini; that of the format's maker by default.",
    ),
  prices: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      "Name of a list of the price book, or `none`. By default the list of whoever answers at the base URL, else of the format's maker; `rates` come first.",
    ),
  region: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Where the provider runs; written into each entry, and what the `region` of a route asks for."),
  on_client_gone: z
    .enum(["cancel", "drain"])
    .default("cancel")
    .describe("When the client leaves: `cancel` closes at once; `drain` reads on where the provider bills it anyway."),
  trace: z.boolean().default(false).describe("Whether the client's `traceparent` goes to this provider."),
  stream_usage: z
    .boolean()
    .default(true)
    .describe("Set to false where the provider rejects `stream_options`; streams are then estimated."),
  rates: PricingSection.default({}),
});

const RouteTimeouts = z.strictObject({
  connect: DurationText.prefault("5s").describe("To connect, TLS included."),
  first_byte: DurationText.prefault("5m").describe(
    "From the request's end to the answer's first byte, in a stream to its first event that is no ping.",
  ),
  idle: DurationText.prefault("2m").describe("Between two chunks of an answer, pings among them."),
  total: DurationText.prefault("15m").describe("For all attempts of a call together, to the last byte."),
});

const AttributionValue = z.string().min(1).max(128);

const Region = z.string().min(1).max(64);

const RouteSection = z.strictObject({
  targets: z
    .array(TargetSection)
    .min(1)
    .max(TARGETS_MAX)
    .describe(
      "`provider/model`, or `{ target: provider/model, weight: 2, when: { … } }`. Conversations reach targets of every wire format, other calls those of the client's.",
    ),
  strategy: z
    .enum(strategies)
    .default("fallback")
    .describe(
      "In which order targets are tried. `fallback`: as written. `weighted`: by chance and `weight`. `cheapest`: by what this call is expected to cost. `fastest`: by measured speed. `least_busy`: by running attempts. `sticky`: calls that begin alike stay together, so that prompt caches hit.",
    ),
  region: z
    .union([Region, z.array(Region).min(1).max(REGIONS_MAX)])
    .transform((regions) => (typeof regions === "string" ? [regions] : regions))
    .optional()
    .describe("Calls go only to providers of this `region`, or of one of these, whatever fails."),
  retries: z.int().min(0).max(RETRIES_MAX).default(1).describe("More tries on one target before the next one's turn."),
  timeouts: RouteTimeouts.prefault({}).describe("How long an attempt may take."),
  max_output_tokens: z
    .int()
    .min(1)
    .max(OUTPUT_TOKENS_MAX)
    .optional()
    .describe("Written into each call that has no cap or a larger one."),
  min_output_tokens: z
    .int()
    .min(1)
    .max(OUTPUT_TOKENS_MAX)
    .optional()
    .describe(
      "How short its answers may be made when a budget runs low; without it a call that does not fit is refused.",
    ),
  hold_ceiling: MoneyText.optional().describe("The most an attempt may cost where nothing in the call bounds it."),
  on_unsupported: z
    .enum(["refuse", "drop"])
    .default("refuse")
    .describe(
      "What becomes of a field that a target of another wire format has no place for: the call is refused with the field's name, or goes without it and says so in `x-tare-dropped`.",
    ),
  defaults: z
    .strictObject({
      feature: AttributionValue.optional().describe("Feature where nobody says otherwise."),
      team: AttributionValue.optional().describe("Team where nobody says otherwise."),
      customer: AttributionValue.optional().describe("Customer where nobody says otherwise."),
      user: AttributionValue.optional().describe("User where nobody says otherwise."),
      environment: AttributionValue.optional().describe("Environment where nobody says otherwise."),
      session: AttributionValue.optional().describe("Session where nobody says otherwise."),
    })
    .default({})
    .describe("Attribution used where neither key, header nor body says it."),
  cache: RouteCacheSection.optional().describe("Answers that are kept for identical calls; none by default."),
  otherwise: LastResortSection.optional().describe(
    "What clients get when every target has failed; the failure by default.",
  ),
  hedge: HedgeSection.optional().describe(
    "A second attempt beside one that is slow: the first of the two that answers wins, and both are paid. None by default.",
  ),
});

const DirectSection = z.strictObject({
  retries: RouteSection.shape.retries,
  region: RouteSection.shape.region,
  cache: RouteSection.shape.cache,
  timeouts: RouteSection.shape.timeouts,
  max_output_tokens: RouteSection.shape.max_output_tokens,
  min_output_tokens: RouteSection.shape.min_output_tokens,
  hold_ceiling: RouteSection.shape.hold_ceiling,
  on_unsupported: RouteSection.shape.on_unsupported,
});

export const routingSections = {
  providers: z
    .record(ProviderName, ProviderSection)
    .default({})
    .describe("Providers by a name of your choice. A bare model name goes to the first of the client's wire format."),
  routes: z
    .record(RouteName, RouteSection)
    .default({})
    .describe("Model names of your own, and what stands behind them."),
  direct: DirectSection.prefault({}).describe("What applies to a model that is asked for without a route."),
} as const;

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}
