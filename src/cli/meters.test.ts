import { afterEach, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";
import { MeterPage } from "#contract";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
afterEach(() => server.close());

async function run(page: object, ...args: readonly string[]) {
  server = await startTestServer({ "GET /api/v1/meters": { status: 200, text: JSON.stringify(page) } });
  let [out, error] = ["", ""];
  const code = await runCommandLine(["meters", ...args], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (error += text) },
    env: { TARE_URL: server.url, TARE_TOKEN: "t" },
  });
  return { code, out: out.replaceAll(/(?<=\S) {2,}/g, " | "), error };
}

const counts = { tokens_in: 3_000_000, tokens_cached: 0, tokens_out: 1_000_000, requests: 1200 };
const page = MeterPage.parse({
  rows: [
    {
      name: "h100",
      provider: "(none)",
      every_ms: 15_000,
      booked_ms: 3_600_000,
      exporters: [
        {
          url: "http://10.0.0.5/metrics",
          kinds: ["dcgm"],
          gpus: 8,
          problem: "did not answer (connect-refused, ECONNREFUSED)",
        },
      ],
      busy_ms: 54_000_000,
      idle_ms: 18_000_000,
      unknown_ms: 3_600_000,
      idle_share: 0.25,
      scrapes: 240,
      missed: 12,
      cold_starts: 2,
      cold_start_ms: 90_000,
      ...counts,
      cost_from: "gpu_hour",
      cost_nanos: "61950000000",
      busy_nanos: "44250000000",
      idle_nanos: "14750000000",
      unknown_nanos: "2950000000",
      unpriced_ms: 0,
      slots: [],
      models: [{ model: "llama", ...counts, share: 1, cost_nanos: "61950000000", million_tokens_nanos: "15487500000" }],
    },
  ],
  from: "2027-01-31T00:00:00Z",
  to: "2027-01-31T12:00:00Z",
  currency: "USD",
});

describe("tare meters", () => {
  it("prints each fleet's hours and each model's cost of tokens, with what is idle beside it, and what is wrong", async () => {
    const { code, out } = await run(page, "--last", "12h");
    expect(code).toBe(0);
    expect(out).toContain("h100 | 8 | 15.00 | 5.00 | 1.00 | 25.0 % | 61.9500 | 14.7500 | 2 | 12/240\n");
    expect(out).toContain("llama | h100 | 1 200 | 3.0 M | 1.0 M | 61.9500 | 15.4875 | – | 25.0 %\n");
    expect(out).toContain("h100: http://10.0.0.5/metrics did not answer (connect-refused, ECONNREFUSED)\n");
    expect(server.asked[0]?.url.searchParams.has("from")).toBe(true);
  });

  it("gives everything as JSON, and says where to write a meter when there is none", async () => {
    expect(JSON.parse((await run(page, "--json")).out)).toEqual(page);
    await server.close();
    expect((await run({ ...page, rows: [] })).out).toContain("write some under `meters:` in tare.yaml");
  });
});
