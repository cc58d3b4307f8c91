/** Many clients at once that call until the budget is spent: refused ones come back as long as others still run. */
import { Agent, request } from "undici";

export interface SpendDownOptions {
  readonly baseUrl: () => string;
  readonly secret: string;
  readonly clients: number;
  /** Gives up after so long. */
  readonly withinMs: number;
}

export interface SpentDown {
  readonly answered: number;
  /** Refusals by their code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Connections that broke, and answers of providers that failed. */
  readonly failed: number;
}

export interface SpendingDown {
  answered(): number;
  /** Every client, on an average, has been refused since the last answer, or has given up. */
  isSpent(): boolean;
  readonly finished: Promise<SpentDown>;
}

const BODY = JSON.stringify({
  model: "gpt-4o",
  max_tokens: 400,
  messages: [{ role: "user", content: "Weigh the goods and the tare. ".repeat(60) }],
});
/** Longer than a call waits for its hold. */
const QUIET_MS = 1_500;
/** So often, on an average, every client has been refused by then: on a busy machine nothing may happen at all for a while. */
const REFUSED_TIMES = 3;

export function spendDown(options: SpendDownOptions): SpendingDown {
  const agent = new Agent({ connections: options.clients, headersTimeout: 60_000, bodyTimeout: 60_000 });
  const refused: Record<string, number> = {};
  let [answered, failed] = [0, 0];
  const begunMs = performance.now();
  let lastMs = begunMs;
  let refusedSince = 0;
  const isQuiet = () => performance.now() - lastMs > QUIET_MS && refusedSince > REFUSED_TIMES * options.clients;
  const isOver = () => isQuiet() || performance.now() - begunMs > options.withinMs;
  const client = async () => {
    while (!isOver()) {
      const outcome = await callOnce(agent, options);
      if (outcome.type === "answered") answered += 1;
      else if (outcome.type === "failed") failed += 1;
      else if (outcome.type === "refused") {
        refused[outcome.code] = (refused[outcome.code] ?? 0) + 1;
        refusedSince += 1;
      }
      // Who finds nobody there waits for the restart, however long it takes.
      if (outcome.type === "answered" || outcome.type === "unreached") [lastMs, refusedSince] = [performance.now(), 0];
      if (outcome.type !== "answered") await new Promise((done) => void setTimeout(done, 100 + Math.random() * 200));
    }
  };
  const finished = Promise.all(Array.from({ length: options.clients }, client)).then(async () => {
    await agent.close();
    return { answered, refused, failed };
  });
  return { answered: () => answered, isSpent: () => refusedSince > options.clients || isOver(), finished };
}

type Outcome =
  | { readonly type: "answered" | "failed" | "unreached" }
  | { readonly type: "refused"; readonly code: string };

async function callOnce(agent: Agent, { baseUrl, secret }: SpendDownOptions): Promise<Outcome> {
  try {
    const answer = await request(`${baseUrl()}/v1/chat/completions`, {
      dispatcher: agent,
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
      body: BODY,
    });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return { type: "answered" };
    const { error } = JSON.parse(text) as { error?: { tare_code?: string } };
    const code = error?.tare_code;
    if (code === undefined || code.startsWith("upstream_")) return { type: "failed" };
    return { type: "refused", code };
  } catch (error) {
    const isUnreached = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
    return { type: isUnreached ? "unreached" : "failed" };
  }
}
