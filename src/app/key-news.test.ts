import { expect, it } from "vitest";
import { type KeyDelta } from "#access";
import { realWorld } from "#world";
import { KeyChanges } from "./key-changes.ts";
import { KeyNews } from "./key-news.ts";
import { type ToGateway } from "./link.ts";

const delta: KeyDelta = { type: "keys-removed", ids: [] };

/** An office beside a gateway of these threads, which say nothing by themselves. */
function told(threads: readonly number[]) {
  const { clock } = realWorld();
  const due: (() => void)[] = [];
  const changes = new KeyChanges();
  const sent: number[] = [];
  const news: KeyNews = new KeyNews(
    {
      ...clock,
      after: (_delayMs, run) => {
        due.push(run);
        return { cancel: () => undefined };
      },
    },
    (message: ToGateway) => {
      if (message.type !== "keys") return;
      const { change } = message;
      sent.push(changes.told(threads, () => change !== undefined && news.known(change)));
    },
  );
  const said: string[] = [];
  const tell = (name: string) => void news.tell(delta).then(() => said.push(name));
  return { changes, due, said, sent, tell };
}

const settled = () => new Promise((over) => setImmediate(over));

it("a change of keys is known when every thread has said so, each change by itself", async () => {
  const { changes, said, sent, tell } = told([1, 2]);
  tell("first");
  tell("second");
  changes.known(1, sent[0] ?? 0);
  changes.known(1, sent[1] ?? 0);
  changes.known(1, sent[0] ?? 0);
  await settled();
  expect(said).toEqual([]);
  changes.known(2, sent[1] ?? 0);
  await settled();
  expect(said).toEqual(["second"]);
  changes.known(2, sent[0] ?? 0);
  await settled();
  expect(said).toEqual(["second", "first"]);
});

it("nobody waits for a thread that is gone, nor for a gateway that says nothing", async () => {
  const { changes, due, said, sent, tell } = told([1, 2]);
  tell("first");
  changes.known(1, sent[0] ?? 0);
  changes.gone(2);
  await settled();
  expect(said).toEqual(["first"]);
  tell("second");
  for (const run of due) run();
  await settled();
  expect(said).toEqual(["first", "second"]);
  const alone = told([]);
  alone.tell("with no thread there");
  await settled();
  expect(alone.said).toEqual(["with no thread there"]);
  // Too late to matter.
  changes.known(1, sent[1] ?? 0);
  changes.known(2, sent[1] ?? 0);
});
