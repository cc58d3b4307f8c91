import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerCache, type KeptAnswer } from "#cache";
import { money } from "#units";

const MIB = 1024 * 1024;

function answer(body: string, differing: Partial<KeptAnswer> = {}): KeptAnswer {
  return {
    status: 200,
    headers: ["content-type", "application/json"],
    body: Buffer.from(body),
    isStream: false,
    provider: "openai",
    model: "gpt-5",
    servedModel: undefined,
    region: undefined,
    usage: undefined,
    cost: money(1n),
    tenant: "a",
    feature: "chat",
    tags: {},
    ...differing,
  };
}

const hour = { freshMs: 3_600_000, staleMs: 0 };

function keep(cache: AnswerCache, key: string, kept: KeptAnswer, lifetime = hour): void {
  const flight = cache.join(key, () => 0);
  if (flight.type !== "lead") throw new Error("somebody else leads");
  flight.lead.keep(kept, lifetime);
}

describe("a cache of answers", () => {
  it("gives an answer while it is fresh, then only as a last resort, then not at all", () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    keep(cache, "k", answer("yes"), { freshMs: 1_000, staleMs: 5_000 });
    expect(cache.find("k", 999)).toMatchObject({ isFresh: true });
    expect(cache.find("k", 1_000)).toMatchObject({ isFresh: false });
    expect(cache.find("k", 5_000)).toBeUndefined();
    expect(cache.size).toEqual({ answers: 0, bytes: 0, diskAnswers: 0, diskBytes: 0 });
  });

  it("never holds more bytes than it may, and drops what was not used for longest", () => {
    const steps = fc.array(fc.record({ key: fc.nat(20).map(String), bytes: fc.nat(20_000), isUse: fc.boolean() }));
    fc.assert(
      fc.property(steps, (all) => {
        const cache = new AnswerCache({ bytesMax: 100_000 });
        const used: string[] = [];
        for (const { key, bytes, isUse } of all) {
          if (isUse) {
            if (cache.find(key, 0) === undefined) continue;
          } else keep(cache, key, answer("x".repeat(bytes)));
          if (cache.find(key, 0) === undefined) continue;
          used.splice(0, used.length, ...used.filter((other) => other !== key), key);
          expect(cache.size.bytes).toBeLessThanOrEqual(100_000);
        }
        const held = used.filter((key) => cache.find(key, 0) !== undefined);
        expect(held).toHaveLength(cache.size.answers);
      }),
    );
  });

  it("holds no more memory than it counts: what was cut out of a larger buffer is copied", () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    const read = Buffer.from(`${"x".repeat(10_000)}answer`);
    keep(cache, "k", answer("", { body: read.subarray(10_000) }));
    const kept = cache.find("k", 0)?.answer.body;
    expect([kept?.toString(), kept?.buffer.byteLength]).toEqual(["answer", 6]);
  });

  it("keeps no answer that would push out an eighth of the others", () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    keep(cache, "k", answer("x".repeat(MIB / 8)));
    expect(cache.find("k", 0)).toBeUndefined();
  });

  it("lets one of identical calls lead, and gives its answer to all that follow", async () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    const first = cache.join("k", () => 0);
    const others = [cache.join("k", () => 0), cache.join("k", () => 0)];
    expect([first, ...others].map(({ type }) => type)).toEqual(["lead", "follow", "follow"]);
    if (first.type === "lead") first.lead.keep(answer("yes"), hour);
    for (const other of others) {
      expect(other.type === "follow" && (await other.answer)?.body.toString()).toBe("yes");
    }
  });

  it("lets those who follow go on by themselves when nothing came of it, and then one of them leads", async () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    const first = cache.join("k", () => 0);
    const second = cache.join("k", () => 0);
    if (first.type === "lead") first.lead.abandon();
    expect(second.type === "follow" && (await second.answer)).toBeUndefined();
    expect(cache.join("k", () => 0).type).toBe("lead");
  });

  it("forgets by feature, by tag and by tenant, and nothing else", () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    keep(cache, "1", answer("1", { feature: "chat", tags: { doc: "7" } }));
    keep(cache, "2", answer("2", { feature: "search", tags: { doc: "8" } }));
    keep(cache, "3", answer("3", { feature: "search", tenant: "b" }));
    expect(cache.forget({ feature: "search", tag: "doc=9" })).toBe(0);
    expect(cache.forget({ tag: "doc=7" })).toBe(1);
    expect(cache.forget({ feature: "search", tenant: "b" })).toBe(1);
    expect(cache.find("2", 0)).toBeDefined();
    expect(cache.forget({})).toBe(1);
  });

  it("keeps nothing that was being made when it was forgotten, and gives it to nobody who waits", async () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    const meant = cache.join("1", () => 0);
    const other = cache.join("2", () => 0);
    const follower = cache.join("1", () => 0);
    expect(cache.forget({ feature: "search" })).toBe(0);
    if (meant.type === "lead") meant.lead.keep(answer("old", { feature: "search" }), hour);
    if (other.type === "lead") other.lead.keep(answer("2"), hour);
    expect(cache.find("1", 0)).toBeUndefined();
    expect(cache.find("2", 0)).toBeDefined();
    expect(follower.type === "follow" && (await follower.answer)).toBeUndefined();
    keep(cache, "1", answer("new", { feature: "search" }));
    expect(cache.find("1", 0)?.answer.body.toString()).toBe("new");
  });

  it("keeps nothing of which it is not known any more whether it was forgotten", () => {
    const cache = new AnswerCache({ bytesMax: MIB });
    const lead = cache.join("1", () => 0);
    for (let time = 0; time < 1_001; time += 1) cache.forget({ feature: `${time}` });
    if (lead.type === "lead") lead.lead.keep(answer("1"), hour);
    expect(cache.find("1", 0)).toBeUndefined();
  });
});
