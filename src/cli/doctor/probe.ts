import { type NetworkProblem, type World } from "#world";

export type Probe =
  | { readonly type: "answered"; readonly status: number; readonly ms: number; readonly date: string | undefined }
  | { readonly type: "silent"; readonly problem: NetworkProblem["type"] };

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;

/** Asks an origin that was allowed for a path, with no credential: whatever it answers, it is there. */
export async function probe({ network, clock }: World, origin: string, path: string): Promise<Probe> {
  const upstream = network.upstream(origin, { connectTimeoutMs: CONNECT_MS });
  const from = clock.monotonicMs();
  const outcome = await new Promise<Probe>((settle) => {
    const exchange = upstream.send(
      { method: "GET", path, headers: ["accept", "*/*"], body: undefined },
      {
        head(status, headers) {
          const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "date");
          settle({ type: "answered", status, ms: clock.monotonicMs() - from, date: headers[at + 1] });
          exchange.cancel();
        },
        data: () => true,
        end: () => undefined,
        problem: ({ type }) => settle({ type: "silent", problem: type === "cancelled" ? "connect-timeout" : type }),
      },
    );
    clock.after(ANSWER_MS, () => exchange.cancel());
  });
  await upstream.close();
  return outcome;
}
