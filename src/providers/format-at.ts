import { type Cloud, type FormatName } from "#inference";
import { unreachable } from "#std";
import { anthropic } from "./anthropic/anthropic.ts";
import { onAws } from "./aws.ts";
import { onAzure } from "./azure.ts";
import { bedrock } from "./bedrock/bedrock.ts";
import { gemini } from "./gemini/gemini.ts";
import { openai } from "./openai/openai.ts";
import { onVertex } from "./vertex.ts";
import { type TargetFormat } from "./wire-format.ts";

const formats: Readonly<Record<FormatName, TargetFormat>> = { openai, anthropic, gemini, bedrock };

/** A wire format as a target speaks it, by itself or as the cloud serves it in which the target stands. */
export function formatAt(name: FormatName, cloud?: Cloud): TargetFormat {
  const format = formats[name];
  switch (cloud?.type) {
    case undefined:
      return format;
    case "azure":
      return onAzure(format, cloud);
    case "aws":
      return onAws(format, cloud);
    case "vertex":
      return onVertex(format, cloud);
    default:
      return unreachable(cloud);
  }
}
