import fc from "fast-check";
import { expect, it } from "vitest";
import { QueryThreads } from "./query-threads.ts";

const MOST = 4;

/** What DuckDB would have, where each statement takes its time. */
function database(take: () => Promise<void> = () => Promise.resolve()) {
  const state = { threads: MOST, statements: 0 };
  const threads = new QueryThreads(
    {
      async run(sql) {
        await take();
        state.threads = Number(/^SET threads = (\d+)$/.exec(sql)?.[1]);
        state.statements += 1;
      },
      closeSync: () => undefined,
    },
    MOST,
  );
  return { state, threads };
}

it("Rows are taken in by one thread, and questions have all", async () => {
  const { state, threads } = database();
  await threads.load();
  expect(state.threads).toBe(1);
  await threads.ask();
  expect(state.threads).toBe(MOST);
  await threads.load();
  expect(state.threads).toBe(MOST);
  threads.asked();
  await threads.load();
  expect(state.threads).toBe(1);
});

it("One load after the other, and one question after the other, change nothing", async () => {
  const { state, threads } = database();
  for (let index = 0; index < 5; index += 1) await threads.load();
  expect(state.statements).toBe(1);
  for (let index = 0; index < 5; index += 1) {
    await threads.ask();
    threads.asked();
  }
  expect(state.statements).toBe(2);
});

it("A statement that fails is told to who asked for it, and the next change is made all the same", async () => {
  let isBroken = true;
  const { state, threads } = database(() => (isBroken ? Promise.reject(new Error("broken")) : Promise.resolve()));
  await expect(threads.load()).rejects.toThrow("broken");
  isBroken = false;
  await threads.ask();
  expect(state.threads).toBe(MOST);
});

it("Whatever comes while a change is made, a question begins with all threads", async () => {
  const step = fc.constantFrom("load", "ask", "asked", "wait");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.scheduler(), async (steps, scheduler) => {
      const { state, threads } = database(() => scheduler.schedule(Promise.resolve()));
      const running: Promise<void>[] = [];
      let open = 0;
      for (const one of steps) {
        if (one === "load") running.push(threads.load());
        else if (one === "wait") await scheduler.waitIdle();
        else if (one === "ask") {
          open += 1;
          running.push(threads.ask().then(() => expect(state.threads).toBe(MOST)));
        } else if (open > 0) {
          open -= 1;
          threads.asked();
        }
      }
      await scheduler.waitIdle();
      await Promise.all(running);
      await Promise.all([threads.load(), scheduler.waitIdle()]);
      expect(state.threads).toBe(open > 0 ? MOST : 1);
    }),
  );
});
