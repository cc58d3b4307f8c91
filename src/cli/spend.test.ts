import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./test-command.ts";
import { spend, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.close());

const run = (line: string, url = server.url) => runCommand(line.split(" "), { TARE_URL: url, TARE_DATA: "/nowhere" });

describe("tare spend", () => {
  it("prints an aligned table with what is estimated, in doubt and unpriced beside the total", async () => {
    const { code, out } = await run("spend --by model --last 7d");
    expect(code).toBe(0);
    expect(out).toBe(
      [
        "model             calls  tokens in  tokens out    gross      net    tare  ratio  estimated  in doubt  unpriced  refused",
        "claude-haiku-4-5  3 120      1.9 M      81.0 k  11.8412  11.0000  0.8412   1.08    <0.0001    0.2500        14        2",
        "evil\uFFFD[2J\uFFFD         3 120      1.9 M      81.0 k  <0.0001  11.0000  0.8412      –    <0.0001    0.2500        14        2",
        "────────────────  ─────  ─────────  ──────────  ───────  ───────  ──────  ─────  ─────────  ────────  ────────  ───────",
        "total             3 120      1.9 M      81.0 k  11.8412  11.0000  0.8412   1.08    <0.0001    0.2500        14        2",
        "",
        "2027-01-24T12:00:00.000Z – 2027-01-31T12:00:00.000Z, USD, UTC; booked until 2027-01-31T12:00:00.000Z",
        "",
      ].join("\n"),
    );
  });

  it("says what kept answers avoided where there were any", async () => {
    const total = { ...spend.total, avoided_nanos: "2500000000" };
    const text = JSON.stringify({ ...spend, total, rows: [] });
    const kept = await startTestServer({ "GET /api/v1/spend": { status: 200, text } });
    const { out } = await run("spend", kept.url);
    await kept.close();
    expect(out).toMatch(/tare +ratio +avoided +estimated/);
    expect(out).toMatch(/0\.8412 +1\.08 +2\.5000/);
  });

  it("asks for what was written, and prints money exactly with --json", async () => {
    const line =
      "spend --by day,tag.plan --from 2027-03-28 --to 2027-03-29 --tz Europe/Berlin --where feature=a --where feature=b --json";
    const { out } = await run(line);
    const { searchParams } = server.asked[0]?.url ?? new URL("x:");
    expect(searchParams.get("by")).toBe("day,tag.plan");
    expect(searchParams.getAll("feature")).toEqual(["a", "b"]);
    // The clocks go forward on this day: it has 23 hours.
    expect(searchParams.get("from")).toBe("2027-03-27T23:00:00.000Z");
    expect(searchParams.get("to")).toBe("2027-03-28T22:00:00.000Z");
    expect(JSON.parse(out)).toMatchObject({ total: { gross_nanos: "11841234567" } });
  });

  it("goes through every page", async () => {
    await server.close();
    server = await startTestServer({
      "GET /api/v1/spend": { status: 200, text: JSON.stringify({ ...spend, cursor: "2" }) },
    });
    const { out } = await run("spend --by model --json");
    expect(JSON.parse(out).rows).toHaveLength(3);
    expect(JSON.parse(out).cursor).toBeUndefined();
    expect(server.asked[1]?.url.searchParams.get("cursor")).toBe("2");
  });

  it("hands on the server's own table with --csv", async () => {
    await server.close();
    server = await startTestServer({ "GET /api/v1/spend": { status: 200, text: "model,gross_nanos\r\na,1\r\n" } });
    expect((await run("spend --by model --csv")).out).toBe("model,gross_nanos\r\na,1\r\n");
    expect(server.asked[0]?.url.searchParams.get("format")).toBe("csv");
  });

  it("says beside the server's table what is not certain, and what is not in it", async () => {
    const text = "gross_nanos\r\n1\r\n";
    const csv = async (headers: Record<string, string>) => {
      await server.close();
      server = await startTestServer({ "GET /api/v1/spend": { status: 200, text, headers } });
      const { code, out, error } = await run("spend --csv");
      expect([code, out]).toEqual([0, text]);
      return error;
    };
    const none = { "x-tare-currency": "EUR", "x-tare-estimated-nanos": "0", "x-tare-in-doubt-nanos": "0" };
    expect(await csv({ ...none, "x-tare-unpriced": "0" })).toBe("");
    const some = { "x-tare-currency": "EUR", "x-tare-estimated-nanos": "1500000000", "x-tare-unpriced": "1400" };
    expect(await csv({ ...some, "x-tare-in-doubt-nanos": "250000000", "x-tare-lines-left-out": "2" })).toBe(
      "tare: 1.5000 EUR of gross is estimated; 0.2500 EUR beside it is in doubt; 1 400 entries without a known cost in no sum\n" +
        "tare: not in it: what 2 damaged lines of the journal said, of whatever time; see `tare status`\n",
    );
  });
});
