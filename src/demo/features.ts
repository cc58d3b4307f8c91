import { type JsonObject } from "./json.ts";
import {
  chat,
  content,
  json,
  message,
  type PlannedAnswer,
  type PlannedCall,
  response,
  transcription,
} from "./planned-call.ts";
import { type PlannedStep, takes } from "./planned-step.ts";
import { type PromptText } from "./prompt-text.ts";
import { type Random } from "./random.ts";
import { type TraceRow } from "./trace.ts";

/** What one use of a feature is made from. */
interface UseFacts {
  readonly row: TraceRow;
  readonly session: string;
  readonly random: Random;
  readonly prompts: PromptText;
}

/** A feature of the invented company whose calls the demo makes. */
export interface DemoFeature {
  readonly name: string;
  readonly team: string;
  readonly shape: "code" | "conversation";
  /** Its part of the calls of its shape. */
  readonly weight: number;
  readonly users: number;
  readonly customers: number;
  /** What a use may be good for; the company gets so much for each. */
  readonly outcome?: { readonly name: string; readonly share: number; readonly value: string };
  /** The calls of one use, in order. */
  plan(facts: UseFacts): readonly PlannedCall[];
  /** What the application does itself in one use; none without it. */
  readonly steps?: (random: Random) => readonly PlannedStep[];
}

export const demoFeatures: readonly DemoFeature[] = [
  {
    name: "support-chat",
    team: "support",
    shape: "conversation",
    weight: 8,
    users: 60,
    customers: 12,
    outcome: { name: "resolved", share: 0.6, value: "0.02 USD" },
    plan: supportChat,
    steps: supportSteps,
  },
  {
    name: "ticket-triage",
    team: "support",
    shape: "conversation",
    weight: 4,
    users: 6,
    customers: 12,
    plan: ticketTriage,
    steps: triageSteps,
  },
  {
    name: "search-answers",
    team: "search",
    shape: "conversation",
    weight: 6,
    users: 90,
    customers: 8,
    outcome: { name: "answer opened", share: 0.4, value: "0.015 USD" },
    plan: searchAnswers,
    steps: searchSteps,
  },
  {
    name: "document-summaries",
    team: "legal",
    shape: "conversation",
    weight: 3,
    users: 12,
    customers: 4,
    outcome: { name: "accepted", share: 0.9, value: "0.004 USD" },
    plan: documentSummaries,
    steps: summarySteps,
  },
  {
    name: "product-copy",
    team: "marketing",
    shape: "conversation",
    weight: 2,
    users: 9,
    customers: 0,
    plan: productCopy,
  },
  { name: "voice-notes", team: "field", shape: "conversation", weight: 1, users: 15, customers: 5, plan: voiceNotes },
  {
    name: "code-assistant",
    team: "engineering",
    shape: "code",
    weight: 7,
    users: 25,
    customers: 0,
    plan: codeAssistant,
    steps: codeSteps,
  },
  { name: "code-review", team: "engineering", shape: "code", weight: 3, users: 25, customers: 0, plan: codeReview },
];

const triageSchema: JsonObject = {
  type: "object",
  properties: { urgency: { enum: ["low", "high"] }, topic: { type: "string" }, refund: { type: "boolean" } },
  required: ["urgency", "topic", "refund"],
  additionalProperties: false,
};

const editTool: JsonObject = {
  type: "function",
  name: "edit_file",
  parameters: { type: "object", properties: { path: { type: "string" }, line: { type: "integer" } } },
};

function answerOf({ row, session, prompts }: UseFacts, asked: { model: string; question: string }): PlannedAnswer {
  return { ...asked, context: prompts.contextOf(row, session), outputTokens: row.generatedTokens };
}

/** What the customer wrote is moderated before it is answered; the answer is streamed. */
function supportChat(facts: UseFacts): readonly PlannedCall[] {
  const question = facts.random.pick(["Where is my order?", "I want my money back.", "How do I change my address?"]);
  const checked = json("/v1/moderations", { model: "omni-moderation-latest", input: question });
  const answered = message(answerOf(facts, { model: "support", question }), { stream: true });
  return facts.random.happens(0.5) ? [checked, answered] : [answered];
}

function ticketTriage(facts: UseFacts): readonly PlannedCall[] {
  const answer = answerOf(facts, { model: "openai/gpt-4o-mini", question: "Sort this ticket." });
  const json_schema = { name: "triage", strict: true, schema: triageSchema };
  return [chat(answer, { response_format: { type: "json_schema", json_schema } })];
}

/** The question is embedded, passages are fetched by the company's own index, and the answer is streamed from them. */
function searchAnswers(facts: UseFacts): readonly PlannedCall[] {
  const question = facts.random.pick(["What is covered?", "Which plan fits us?", "How long does delivery take?"]);
  const embedded = json("/v1/embeddings", {
    model: "text-embedding-3-small",
    input: [question],
    encoding_format: "float",
  });
  return [embedded, content(answerOf(facts, { model: "search", question }), { isStream: true })];
}

/** Nobody waits for these: half of them run at the provider's slower and cheaper tier. */
function documentSummaries(facts: UseFacts): readonly PlannedCall[] {
  const question = "Summarise this document for the contract file.";
  if (facts.random.happens(0.5)) {
    return [chat(answerOf(facts, { model: "openai/gpt-5-mini", question }), { service_tier: "flex" })];
  }
  return [content(answerOf(facts, { model: "gemini-2.5-flash", question }), { isStream: false })];
}

function productCopy(facts: UseFacts): readonly PlannedCall[] {
  const answer = answerOf(facts, { model: "openai/gpt-4.1-mini", question: "Three variants, please." });
  const written = chat({ ...answer, outputTokens: Math.ceil(answer.outputTokens / 3) }, { n: 3 });
  const picture = { model: "openai/gpt-image-1", prompt: "The product on a plain table", quality: "low" };
  return facts.random.happens(0.15) ? [written, json("/v1/images/generations", picture)] : [written];
}

function voiceNotes(facts: UseFacts): readonly PlannedCall[] {
  const heard = transcription("gpt-4o-mini-transcribe", 4 + facts.random.below(20));
  return [heard, chat(answerOf(facts, { model: "openai/gpt-4o-mini", question: "Make a work order of this note." }))];
}

function codeAssistant(facts: UseFacts): readonly PlannedCall[] {
  const answer = answerOf(facts, { model: "assistant", question: "Complete the next lines." });
  return [response(answer, { stream: true, tools: [editTool], reasoning: { effort: "low" } })];
}

/** Thinks before it answers, now and then with another pass over what it said. */
function codeReview(facts: UseFacts): readonly PlannedCall[] {
  const answer = answerOf(facts, { model: "claude/claude-sonnet-4-5", question: "Review this change." });
  const reviewed = message(answer, { thinking: { type: "enabled", budget_tokens: 1024 } });
  return facts.random.happens(0.3) ? [reviewed, message({ ...answer, question: "Are you sure?" })] : [reviewed];
}

/** Personal data is taken out of what the customer wrote, most ask for their order, and now and then a person looks on. */
function supportSteps(random: Random): readonly PlannedStep[] {
  const steps: PlannedStep[] = [{ kind: "guard", name: "personal data", ms: takes(25, random), before: 0 }];
  if (random.happens(0.7)) steps.push({ kind: "tool", name: "order lookup", ms: takes(90, random), before: 0 });
  if (random.happens(0.01))
    steps.push({ kind: "review", name: "second look", ms: takes(600, random), before: LAST, personMinutes: 0.5 });
  return steps;
}

function triageSteps(random: Random): readonly PlannedStep[] {
  return [{ kind: "guard", name: "personal data", ms: takes(25, random), before: 0 }];
}

function searchSteps(random: Random): readonly PlannedStep[] {
  const vectors = 1000 * (2 + random.below(7));
  return [
    { kind: "retrieval", name: "passages", ms: takes(70, random), before: 1, vectors },
    { kind: "rerank", name: "passages by relevance", ms: takes(110, random), before: 1 },
  ];
}

function summarySteps(random: Random): readonly PlannedStep[] {
  return [{ kind: "custom", name: "read pages", ms: takes(400, random), before: 0 }];
}

/** Of some completions the tests are run. */
function codeSteps(random: Random): readonly PlannedStep[] {
  return random.happens(0.2) ? [{ kind: "tool", name: "run tests", ms: takes(1500, random), before: LAST }] : [];
}

/** After every call, however many there are. */
const LAST = Infinity;
