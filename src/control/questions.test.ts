import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CallPage, ErrorRows, LatencyRows, PriceRows, SpendAnswer, Status, TagRows } from "#contract";
import { err } from "#std";
import { type Answer, TestControl } from "./test-control.ts";

let control: TestControl;
let token: string;
beforeAll(async () => {
  control = await new TestControl({
    analytics: { entries: async () => err({ type: "ledger-unavailable" }) },
  }).start();
  token = await control.token("viewer");
});
afterAll(() => control.stop());
beforeEach(() => control.questions.splice(0));

const ask = (path: string): Promise<Answer> => control.ask({ path: `/api/v1${path}`, token });
const span = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";
const fieldsOf = ({ json }: Answer) => (json as { fields?: { path: string; detail: string }[] }).fields;

describe("a question", () => {
  it("reaches analytics as the contract has it: lists by comma, filters by dimension, repeated ones together", async () => {
    const path = `/spend?by=day,model,tag.env&${span}&tz=Europe/Oslo&team=a&team=b&model=x%2Cy&tag.env=prod&limit=7`;
    expect((await ask(path)).status).toBe(200);
    expect(control.questions).toEqual([
      {
        by: ["day", "model", "tag.env"],
        from: "2026-01-01T00:00:00Z",
        to: "2026-02-01T00:00:00Z",
        tz: "Europe/Oslo",
        filter: { team: ["a", "b"], model: ["x,y"], "tag.env": ["prod"] },
        limit: 7,
      },
    ]);
  });

  it("is answered in the contract's shape", async () => {
    SpendAnswer.parse((await ask(`/spend?by=&${span}`)).json);
    CallPage.parse((await ask("/calls?state=problems&limit=5")).json);
    LatencyRows.parse((await ask(`/latency?${span}`)).json);
    ErrorRows.parse((await ask(`/errors?${span}&by=provider`)).json);
    TagRows.parse((await ask(`/tags?${span}&name=plan&find=pr&team=a`)).json);
    PriceRows.parse((await ask("/prices?model=gpt")).json);
    Status.parse((await ask("/status")).json);
    expect((await ask("/status")).json).toMatchObject({ role: "viewer" });
  });

  it.for([
    [`/spend?by=team&${span}&modle=x`, "modle", "No such parameter. Did you mean `model`?"],
    [`/spend?by=teem&${span}`, "by", "`teem` is no dimension. Did you mean `team`?"],
    [`/spend?by=team,team&${span}`, "by", "`team` comes twice."],
    [`/spend?by=team&by=model&${span}`, "by", "Given more than once."],
    [
      `/spend?by=team&from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z`,
      "to",
      "Must be after `from`; it is exclusive.",
    ],
    [`/spend?by=team&from=yesterday&to=2026-02-01T00:00:00Z`, "from", expect.any(String)],
    [`/spend?by=team&to=2026-02-01T00:00:00Z`, "from", expect.any(String)],
    [`/spend?by=team&${span}&tz=Mars/Olympus`, "tz", "No IANA time zone of this name."],
    [`/spend?by=team&${span}&format=xml`, "format", expect.any(String)],
    [`/spend?by=team&${span}&limit=0`, "limit", expect.any(String)],
    [`/tags?${span}&limit=1001`, "limit", expect.any(String)],
    [`/tags?${span}&name=a%2Cb`, "name", expect.any(String)],
    [`/calls?limit=1e2`, "limit", expect.any(String)],
    [`/calls?limit=%201`, "limit", expect.any(String)],
    [`/calls?limit=0x10`, "limit", expect.any(String)],
    [`/calls?filter=x`, "filter", "No such parameter."],
    [`/calls?__proto__=x`, "__proto__", "No such parameter."],
    [`/calls?tag.=x`, "tag.", "No such parameter."],
    [`/status?verbose=1`, "verbose", "No such parameter."],
    [`/prices?team=x`, "team", "No such parameter."],
    [`/prices?cursor=x`, "cursor", "Unknown."],
    [`/calls/call_1?x=1`, "x", "No such parameter."],
  ])("%s is refused with the place", async ([path, field, detail]) => {
    const answer = await ask(String(path));
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer)).toEqual([{ path: field, detail }]);
  });

  it("tells everything that is wrong at once", async () => {
    const answer = await ask("/spend?by=team&from=x&nothing=1&limit=-1");
    expect(
      fieldsOf(answer)
        ?.map(({ path }) => path)
        .toSorted(),
    ).toEqual(["from", "limit", "nothing", "to"]);
  });

  it("is never answered by a defect, whatever the query says", async () => {
    const name = fc.oneof(
      fc.constantFrom(
        "by",
        "from",
        "to",
        "tz",
        "limit",
        "cursor",
        "team",
        "tag.x",
        "filter",
        "constructor",
        "__proto__",
      ),
      fc.string({ unit: "binary" }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.string({ unit: "binary" })), { maxLength: 6 }), async (pairs) => {
        const query = pairs.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
        expect([200, 400]).toContain((await ask(`/spend?${span}&by=&${query}`)).status);
        expect([200, 400]).toContain((await ask(`/calls?${query}`)).status);
      }),
      { numRuns: 40 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("waits for a ledger that cannot answer now", async () => {
    const answer = await ask("/entries");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "1"]);
  });
});

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

describe("one thing by its id", () => {
  it.for([
    ["/calls/call_1", 200],
    ["/calls/call_2", 404],
    ["/calls/call%201", 404],
    ["/calls/..%2fkeys", 404],
    ["/interactions/once.a:b-c_d", 200],
    ["/interactions/nobody", 404],
    ["/interactions/twice", 409],
    ["/interactions/twice?tenant=b", 200],
    ["/interactions/twice?tenant=", 400],
    [`/interactions/${"x".repeat(129)}`, 404],
  ] as const)("%s is answered %i", async ([path, status]) => {
    expect((await ask(path)).status).toBe(status);
  });

  it("names the tenants that share an id", async () => {
    expect(fieldsOf(await ask("/interactions/twice"))).toEqual([
      { path: "tenant", detail: "a" },
      { path: "tenant", detail: "b" },
    ]);
  });
});

describe("spend as a table", () => {
  it("holds every page, exact to the last digit, and no text that a spreadsheet would run", async () => {
    const answer = await ask(`/spend?by=team&${span}&format=csv`);
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
    const line = `"'=team",9007199254740993,9007199254740000,993,0,0,-5,3,4,0,1,10,20,1.5`;
    expect(answer.text.split("\r\n")).toEqual([
      '"team","gross_nanos","net_nanos","tare_nanos","avoided_nanos","estimated_nanos","in_doubt_nanos","calls",' +
        '"attempts","refused","unpriced","tokens_in","tokens_out","tare_ratio"',
      line,
      line,
      "",
    ]);
    expect(answer.headers).toMatchObject({
      "x-tare-currency": "USD",
      "x-tare-estimated-nanos": "0",
      "x-tare-in-doubt-nanos": "-5",
      "x-tare-unpriced": "1",
    });
    expect(answer.headers["x-tare-lines-left-out"]).toBeUndefined();
  });
});

describe("unit costs as a table", () => {
  it("are exact to the last digit, and empty where there is nothing to divide by", async () => {
    const [head = "", total = ""] = (await ask(`/unit-costs?${span}&format=csv`)).text.split("\r\n");
    const cells = new Map(head.split(",").map((name, index) => [name, total.split(",")[index]]));
    expect(cells.get('"sessions"')).toBe("0");
    expect(cells.get('"gross_nanos"')).toBe("0");
    expect(cells.get('"per_session_nanos"')).toBe('""');
    const answer = await ask(`/unit-costs?by=team&${span}&format=csv`);
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(answer.text.split("\r\n")).toEqual([`"team",${head}`, ""]);
  });
});
