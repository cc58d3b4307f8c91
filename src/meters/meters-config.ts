/** Section `meters` of tare.yaml. */
import { z } from "zod";
import { assert } from "#std";
import { DurationText, type Instant, instant, type Secret, SecretText } from "#units";
import { exporterKinds, type ExporterKind } from "./reading.ts";

const Name = z.string().min(1).max(128);
const RATE = /^(\d{1,9})(?:\.(\d{1,12}))? USD$/;
const SAYS_RATE = "write a rate: a decimal with at most twelve places, a space and USD, such as 2.95 USD";
const RATE_PLACES = 12;
const DAY_MS = 86_400_000;
const BOOKED_MS_MIN = 10_000;

const ExporterFields = z.strictObject({
  url: z
    .string()
    .max(2048)
    .superRefine((text, context) => {
      const message = urlProblem(text);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .describe("Where it is scraped, such as `http://10.0.0.5:9400/metrics`."),
  kind: z
    .enum(exporterKinds)
    .optional()
    .describe("What it has to be; an answer of another kind is a missed scrape. Without it, what it answers decides."),
  authorization: SecretText.optional().describe(
    "The `Authorization` header that it wants, whole, such as `Bearer` and a token: `${NAME}` or `file:/path`. By https only beyond this machine.",
  ),
  gpus: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe(
      "GPUs that are paid for behind it, whatever it says: those that it does not name are of unknown use. Beside vLLM only where no exporter of GPUs is in the meter: they are then busy while a call runs.",
    ),
});

const ExporterSection = ExporterFields.refine(
  ({ url, authorization }) => authorization === undefined || isPrivate(url),
  { path: ["authorization"], error: "is a secret, and leaves this machine only by https" },
);

const RateSection = z
  .strictObject({
    rate: z.string({ error: SAYS_RATE }).regex(RATE, SAYS_RATE).describe("What one GPU costs for an hour: `2.95 USD`."),
    valid_from: z.iso.date().optional().describe("First day, UTC."),
    valid_to: z.iso.date().optional().describe("Day on which the rate ends, UTC, exclusive."),
    source: z.string().min(1).max(200).describe("Where the rate is written down, such as a contract or a price page."),
  })
  .refine(({ valid_from, valid_to }) => valid_from === undefined || valid_to === undefined || valid_to > valid_from, {
    path: ["valid_to"],
    error: "is not after `valid_from`",
  });

const MeterFields = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "write at most 64 letters, digits and _.-")
    .describe("What the fleet is called on pages; one of a kind, and for good: its bills are known by it."),
  exporters: z.array(ExporterSection).min(1).max(500).describe("Whom it asks. Each GPU belongs behind one of them."),
  every: DurationText.refine((ms) => ms >= 1000 && ms <= 600_000, { error: "from 1s to 10m" })
    .prefault("15s")
    .describe("How often each is scraped. A reading speaks for one and a half times that; what is beyond is unknown."),
  booked: DurationText.refine((ms) => ms >= BOOKED_MS_MIN && DAY_MS % ms === 0, {
    error: "at least 10s, and a day must be a whole number of them",
  })
    .prefault("1h")
    .describe("Length of the intervals that are booked, from midnight UTC on."),
  gpu_hour: z
    .array(RateSection)
    .max(100)
    .default([])
    .describe(
      "What a GPU costs, by date; the first that holds. Without one the meter measures and books nothing, for a fleet that comes as a bill.",
    ),
  bill: z
    .strictObject({
      provider: Name.optional().describe("Bills of this provider."),
      service: Name.optional().describe("Of this service, FOCUS ServiceName."),
    })
    .optional()
    .describe(
      "The bills that the fleet comes as, in place of `gpu_hour`: they are booked already, and shown by what the meter measured.",
    ),
  provider: Name.default("(none)").describe("Who is paid."),
  feature: Name.optional().describe("The feature that it is for, where it is for one alone."),
  team: Name.optional().describe("The team that it is for, where it is for one alone."),
  customer: Name.optional().describe("The customer that it is for."),
  environment: Name.optional().describe("The environment that it is for."),
  tags: z
    .record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), Name)
    .default({})
    .describe("Tags of its entries."),
  models: z
    .record(z.string().min(1).max(200), z.string().min(1).max(200))
    .default({})
    .describe("Other names for the models that its servers serve: what vLLM calls it, then what you do."),
});

const MeterSection = MeterFields.refine(({ gpu_hour, bill }) => gpu_hour.length === 0 || bill === undefined, {
  path: ["bill"],
  error: "the fleet would be paid for twice: write `gpu_hour` or `bill`",
});

/** Field `meters` of tare.yaml. */
export const MetersSection = z
  .array(MeterSection)
  .max(100)
  .superRefine((meters, context) => {
    const [names, urls] = [new Set<string>(), new Set<string>()];
    for (const [index, { name, exporters }] of meters.entries()) {
      if (names.has(name))
        context.addIssue({ code: "custom", path: [index, "name"], message: "a second meter of this name" });
      names.add(name);
      for (const [place, { url }] of exporters.entries()) {
        const path = [index, "exporters", place, "url"];
        if (urls.has(url))
          context.addIssue({ code: "custom", path, message: "is scraped already, and would count twice" });
        urls.add(url);
      }
    }
  })
  .transform((meters): readonly MeterSettings[] => meters.map(toSettings))
  .describe(
    "Fleets of your own GPUs, measured by scraping vLLM, DCGM and nvidia_gpu_exporter: hours busy and idle, cold starts, tokens, and what a token costs.",
  );

export interface ExporterSettings {
  readonly url: string;
  /** Without its query, which may hold what is nobody's business. */
  readonly shown: string;
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  /** A whole header. */
  readonly authorization: Secret | undefined;
  readonly kind: ExporterKind | undefined;
  readonly gpus: number | undefined;
}

export interface GpuRate {
  /** 10^-12 dollars for one GPU and hour. */
  readonly picoDollars: bigint;
  readonly written: string;
  readonly from: Instant | undefined;
  readonly until: Instant | undefined;
  readonly source: string;
}

export interface MeterSettings {
  readonly name: string;
  readonly exporters: readonly ExporterSettings[];
  readonly everyMs: number;
  readonly bookedMs: number;
  readonly rates: readonly GpuRate[];
  /** Of which bills the fleet is. */
  readonly bill: { readonly provider?: string | undefined; readonly service?: string | undefined } | undefined;
  readonly provider: string;
  readonly feature: string | undefined;
  readonly team: string | undefined;
  readonly customer: string | undefined;
  readonly environment: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly models: Readonly<Record<string, string>>;
}

function toSettings(section: z.infer<typeof MeterSection>): MeterSettings {
  const { every, booked, gpu_hour: rates, exporters, ...rest } = section;
  return {
    ...rest,
    bill: rest.bill,
    feature: rest.feature,
    team: rest.team,
    customer: rest.customer,
    environment: rest.environment,
    everyMs: every,
    bookedMs: booked,
    exporters: exporters.map(({ url, kind, gpus }) => {
      const { origin, pathname, search } = new URL(url);
      return {
        url,
        shown: `${origin}${pathname}`,
        origin,
        path: `${pathname}${search}`,
        kind,
        gpus,
        authorization: undefined,
      };
    }),
    rates: rates.map(({ rate, valid_from: from, valid_to: to, source }) => ({
      picoDollars: toPicoDollars(rate),
      written: rate,
      from: from === undefined ? undefined : instant(Date.parse(from)),
      until: to === undefined ? undefined : instant(Date.parse(to)),
      source,
    })),
  };
}

function toPicoDollars(written: string): bigint {
  const [, whole, places = ""] = RATE.exec(written) ?? [];
  assert(whole !== undefined, "a checked configuration writes rates as decimals");
  return BigInt(whole + places.padEnd(RATE_PLACES, "0"));
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function isPrivate(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "https:" || LOOPBACK.test(url.hostname));
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return "write an address that begins with https:// or http://";
  if (url.username !== "" || url.password !== "")
    return "a user and password in the address are not sent; write `authorization`";
  return url.hash === "" ? undefined : "what stands behind # is not sent; take it out";
}
