import { type UsageClass } from "#inference";
import { assert } from "#std";
import { charge, type Money, parseRate } from "#units";

type Rates = { readonly [Class in UsageClass]?: string };

const claude = (input: string, read: string, [short, long]: readonly [string, string], output: string): Rates => ({
  input_uncached: input,
  cache_read: read,
  cache_write_5m: short,
  cache_write_1h: long,
  output_text: output,
  output_reasoning: output,
});
const gpt = (input: string, read: string, output: string): Rates => ({
  input_uncached: input,
  cache_read: read,
  output_text: output,
  output_reasoning: output,
});

/**
 * Per million, of the models that the workload asks for, as their makers publish them. Copied here and not taken from the
 * price book: a bill that is made from what it is compared with would prove nothing.
 */
const prices: Readonly<Record<string, Rates>> = {
  "gpt-4o-mini": { ...gpt("0.15", "0.075", "0.60"), audio_in: "3" },
  "gpt-4.1-mini": gpt("0.40", "0.10", "1.60"),
  "gpt-5-mini": gpt("0.25", "0.025", "2"),
  "gpt-5-mini, flex": gpt("0.125", "0.0125", "1"),
  "text-embedding-3-small": { input_uncached: "0.02" },
  "gpt-image-1": { input_uncached: "5", image_in: "10", image_out: "40" },
  "gpt-4o-mini-transcribe": { input_uncached: "1.25", audio_in: "3", output_text: "5" },
  "omni-moderation-latest": {},
  "claude-haiku-4-5": claude("1", "0.10", ["1.25", "2"], "5"),
  "claude-sonnet-4-5": claude("3", "0.30", ["3.75", "6"], "15"),
};

const DATE = /-(?:\d{8}|\d{4}-\d{2}-\d{2})$/;

/** Undefined for what this list does not sell. */
export function listPrice(
  {
    model,
    tier,
    class: name,
  }: { readonly model: string; readonly tier: string | undefined; readonly class: UsageClass },
  quantity: number,
): Money | undefined {
  const bare = model.replace(DATE, "");
  const text = (prices[`${bare}, ${tier}`] ?? prices[bare])?.[name];
  if (text === undefined) return undefined;
  const rate = parseRate(text);
  assert(rate.ok, "a list price is a rate");
  return charge(quantity, rate.value);
}
