import { z } from "zod";
import { answerAtOnce } from "../answer-at-once.ts";
import { complain, type ProviderCall, readJsonAsk } from "../protocol.ts";

const ModerationBody = z.looseObject({ model: z.string().nullish(), input: z.unknown().optional() });

const categories = ["harassment", "hate", "illicit", "self-harm", "sexual", "violence"] as const;

/** Free of charge, and without usage in its answers. */
export async function answerModeration(call: ProviderCall): Promise<void> {
  const read = readJsonAsk(call, ModerationBody);
  if (!read.ok) return complain(call, read.error);
  const model = read.value.model ?? "omni-moderation-latest";
  const inputs: readonly unknown[] = Array.isArray(read.value.input) ? read.value.input : [read.value.input];
  const results = inputs.map(() => {
    const scores = categories.map((name): [string, number] => [name, Math.round(call.random.fraction() * 400) / 1e5]);
    return {
      flagged: false,
      categories: Object.fromEntries(categories.map((name) => [name, false])),
      category_scores: Object.fromEntries(scores),
      category_applied_input_types: Object.fromEntries(categories.map((name) => [name, ["text"]])),
    };
  });
  const id = `modr-${call.random.base62(24)}`;
  await answerAtOnce(call, {
    operation: "moderation",
    id,
    model,
    usage: {},
    quantities: {},
    isReported: false,
    body: JSON.stringify({ id, model, results }),
  });
}
