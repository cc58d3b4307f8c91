import { type TargetFormat } from "../wire-format.ts";
import { endpoints, upstreamPath } from "./endpoints.ts";
import { readAnswer } from "./read-answer.ts";
import { readAsk } from "./read-ask.ts";

/** AWS Bedrock's Converse, which is a target's format only. Which host serves it depends on the region. */
export const bedrock: TargetFormat = {
  name: "bedrock",
  defaultBaseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com",
  endpoints,
  upstreamIdHeaders: ["x-amzn-requestid"],
  credentialHeaders: (secret) => ["authorization", `Bearer ${secret.reveal()}`],
  upstreamPath,
  readAsk,
  readAnswer,
};
