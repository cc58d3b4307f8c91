import { describe, expect, it } from "vitest";
import { type AnswerFacts, type AskFacts } from "#inference";
import { estimateUsage } from "#pricing";

const ask: AskFacts = {
  format: "anthropic",
  operation: "chat",
  model: "m",
  stream: true,
  background: false,
  bodyBytes: 4_001,
  messages: 3,
  tools: 0,
  outputCap: 1_000,
  choices: 1,
  serviceTier: undefined,
  writesLongCache: false,
  unbounded: [],
  inlineMedia: 0,
  references: [],
};

const answer: AnswerFacts = {
  end: "cut",
  usage: undefined,
  reported: undefined,
  model: "m",
  tier: undefined,
  upstreamId: undefined,
  isStored: false,
  errorType: undefined,
  contentBytes: 600,
};

describe("the estimate of an answer that ended before its count", () => {
  it("is input by bytes, output by what was relayed, and an allowance", () => {
    expect(estimateUsage(ask, answer)).toEqual({
      usage: { input_uncached: 1_001 + 12, output_text: 200 + 64 },
      basis: "input by bytes, output by bytes relayed",
    });
  });

  it("keeps the input that was reported, and never puts output below what was reported", () => {
    const early = { input_uncached: 7, cache_read: 900, output_text: 1 };
    expect(estimateUsage(ask, { ...answer, usage: early })).toEqual({
      usage: { input_uncached: 7, cache_read: 900, output_text: 264 },
      basis: "input as reported, output by bytes relayed",
    });
    const late = { ...early, output_text: 300, output_reasoning: 500 };
    expect(estimateUsage(ask, { ...answer, usage: late }).usage).toEqual(late);
  });

  it("is not above the output cap", () => {
    expect(estimateUsage({ ...ask, outputCap: 50 }, answer).usage.output_text).toBe(50);
  });

  it("has no output where none is generated, and knows of speech only its characters", () => {
    expect(estimateUsage({ ...ask, operation: "embedding" }, answer)).toEqual({
      usage: { input_uncached: 1_013 },
      basis: "input by bytes",
    });
    expect(estimateUsage({ ...ask, operation: "speech", characters: 40 }, answer)).toEqual({
      usage: { characters_in: 40 },
      basis: "characters sent",
    });
    expect(estimateUsage({ ...ask, operation: "transcription" }, answer).usage).toEqual({});
  });

  it("does not take the bytes of a picture for text", () => {
    const { usage } = estimateUsage({ ...ask, bodyBytes: 5_000_000, inlineMedia: 2 }, answer);
    expect(usage.input_uncached).toBe(8_000 + 2 * 1_600);
  });
});
