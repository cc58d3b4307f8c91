/** A bounded load of calls in every wire format, from clients that forgive a gateway that is away for a moment. */
import { Agent, request } from "undici";

export interface MixedCallsOptions {
  readonly baseUrl: string;
  readonly secret: string;
  /** At most. */
  readonly calls: number;
  readonly atOnce: number;
  readonly seed: number;
}

export interface MixedOutcome {
  /** Answers read to their end, with a status below 300 and, for streams, their terminal mark. */
  readonly whole: number;
  readonly refusedOrFailed: number;
  /** What the first few of those were answered. */
  readonly said: readonly string[];
  /** Connections that broke: the gateway was killed under them. */
  readonly broken: number;
}

const SAID_MAX = 5;
const SAID_LENGTH = 400;

export interface MixedCalls {
  done(): number;
  /** No further calls are begun. */
  enough(): void;
  readonly finished: Promise<MixedOutcome>;
}

export function runMixedCalls(options: MixedCallsOptions): MixedCalls {
  const agent = new Agent({ connections: options.atOnce, headersTimeout: 60_000, bodyTimeout: 60_000 });
  const outcome = { whole: 0, refusedOrFailed: 0, broken: 0, said: new Array<string>() };
  let begun = 0;
  let done = 0;
  /** Set from outside, while clients run. */
  const wish = { isEnough: false };
  const client = async () => {
    while (begun < options.calls && !wish.isEnough) {
      const number = begun;
      begun += 1;
      let result = await callOnce(agent, options, number, outcome.said);
      // Nobody was there to take it, so it was no call yet.
      while (result === "unreached") {
        await new Promise((resolve) => void setTimeout(resolve, 40));
        result = await callOnce(agent, options, number, outcome.said);
      }
      outcome[result] += 1;
      done += 1;
    }
  };
  const finished = Promise.all(Array.from({ length: options.atOnce }, client)).then(async () => {
    await agent.close();
    return outcome;
  });
  return { done: () => done, enough: () => void (wish.isEnough = true), finished };
}

async function callOnce(
  agent: Agent,
  options: MixedCallsOptions,
  number: number,
  said: string[],
): Promise<Exclude<keyof MixedOutcome, "said"> | "unreached"> {
  const { path, body, terminal } = kinds[(number * 7 + options.seed) % kinds.length] ?? kinds[0];
  try {
    const answer = await request(`${options.baseUrl}${path}`, {
      dispatcher: agent,
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${options.secret}`,
        "x-tare-feature": `feature-${number % 5}`,
      },
      body: JSON.stringify(body(number)),
    });
    const text = await answer.body.text();
    if (answer.statusCode < 300 && (terminal === undefined || terminal.test(text))) return "whole";
    if (said.length < SAID_MAX) said.push(`${answer.statusCode} ${text.slice(-SAID_LENGTH)}`);
    return "refusedOrFailed";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ECONNREFUSED" ? "unreached" : "broken";
  }
}

const words = (number: number) =>
  `Weigh ${"the tare and the goods ".repeat(1 + (number % 40))}please, number ${number}.`;
const messages = (number: number) => [{ role: "user", content: words(number) }];

interface Kind {
  readonly path: string;
  readonly body: (number: number) => unknown;
  /** What a whole stream contains. */
  readonly terminal?: RegExp;
}

const kinds: readonly [Kind, ...Kind[]] = [
  { path: "/v1/chat/completions", body: (n) => ({ model: "gpt-4o-mini", messages: messages(n) }) },
  {
    path: "/v1/chat/completions",
    body: (n) => ({ model: "gpt-4o-mini", messages: messages(n), stream: true }),
    terminal: /data: \[DONE\]/,
  },
  { path: "/v1/responses", body: (n) => ({ model: "gpt-5-mini", input: words(n) }) },
  {
    path: "/v1/responses",
    body: (n) => ({ model: "gpt-5-mini", input: words(n), stream: true }),
    terminal: /"type":"response\.completed"/,
  },
  { path: "/v1/embeddings", body: (n) => ({ model: "text-embedding-3-small", input: words(n) }) },
  { path: "/v1/messages", body: (n) => ({ model: "claude-haiku-4-5", max_tokens: 300, messages: messages(n) }) },
  {
    path: "/v1/messages",
    body: (n) => ({ model: "claude-haiku-4-5", max_tokens: 300, messages: messages(n), stream: true }),
    terminal: /event: message_stop/,
  },
  {
    path: "/v1beta/models/gemini-2.5-flash:generateContent",
    body: (n) => ({ contents: [{ role: "user", parts: [{ text: words(n) }] }] }),
  },
  {
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    body: (n) => ({ contents: [{ role: "user", parts: [{ text: words(n) }] }] }),
    terminal: /"finishReason"/,
  },
];
