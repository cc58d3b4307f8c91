/** One bug each, put into a copy of what stands around budgets: journal, ledger, and the application's code. */
import { type Mutant } from "./mutants.ts";

const local = "app/local-authority.ts";
const doubts = "app/day-old-doubts.ts";
const loader = "ledger/ledger.ts";
const reading = "ledger/segment-reading.ts";
const writer = "journal/journal-writer.ts";
const holder = "app/read-holder.ts";

export const mutantsAround: readonly Mutant[] = [
  {
    name: "of a dead thread only the segment that it wrote last is read, and not what it says of those before",
    file: holder,
    find: "soFar !== undefined && fold.begin(holderOf(segment), soFar)",
    replace: "soFar !== undefined",
  },
  {
    name: "what stands before the sums of a segment is counted beside them",
    file: holder,
    find: "inOrder.slice(first)",
    replace: "inOrder.slice(Math.max(0, first - 1))",
  },
  {
    name: "the sums of a segment have what is held in them",
    file: "budget/thread-account.ts",
    find: "return { spent: this.#spent, inDoubt: this.#inDoubt };",
    replace: "return { spent: this.#spent, inDoubt: this.#inDoubt + this.held };",
  },
  {
    name: "the sums of a segment know nothing of accounts that were forgotten",
    file: "budget/thread-accounts.ts",
    find: "    if (account !== undefined) this.#sumUp(account);\n",
    replace: "",
    seed: 320,
  },
  {
    name: "a segment is begun before its thread has charged what stands before it",
    file: writer,
    find: "    this.#rollOverWhenFull();\n    return this.#append(event);",
    replace: "    const done = this.#append(event);\n    this.#rollOverWhenFull();\n    return done;",
  },
  {
    name: "the loader begins each segment anew after a crash",
    file: reading,
    find: "    this.#to = position?.to ?? 0;",
    replace: "    this.#to = 0;",
  },
  {
    name: "after a crash the loader knows nothing of what was running",
    file: reading,
    find: "    this.#isWhole = this.#isDone || this.#to === 0;",
    replace: "    this.#isWhole = true;",
  },
  {
    name: "what was carried to the next segment is in doubt in this one too",
    file: reading,
    find: "if (!carried.has(dispatched.attempt)) rows.entries",
    replace: "rows.entries",
  },
  {
    name: "what nobody settled is in no entry",
    file: reading,
    find: "if (!carried.has(dispatched.attempt)) rows.entries",
    replace: "if (carried.has(dispatched.attempt)) rows.entries",
  },
  {
    name: "what a segment ends with is not carried to the next",
    file: writer,
    find: "encode(header, ...this.#open.lines())",
    replace: "encode(header)",
  },
  {
    name: "the loader goes on where it was after a commit that failed",
    file: loader,
    find: "      this.#readings = undefined;\n",
    replace: "",
  },
  {
    name: "the loader does not wait for the last commit",
    file: "ledger/batch-pipe.ts",
    find: "return (await this.#send()) ?? this.#committing;",
    replace: "return this.#send();",
  },
  {
    name: "everything is said to be booked that was written while the loader ran",
    file: loader,
    find: "instant(startedAt - WRITTEN_WITHIN_MS)",
    replace: "clock.now()",
  },
  {
    name: "journals that a checkpoint has are booked again",
    file: local,
    find: "      this.#done = new Set(kept.checkpoint.done);\n",
    replace: "",
  },
  {
    name: "a checkpoint does not say whose journals it has",
    file: local,
    find: "fold.totalsOf(holder), this.#world.clock.now());\n    this.#done.add(holder);",
    replace: "fold.totalsOf(holder), this.#world.clock.now());",
  },
  {
    name: "a start reads no journals",
    file: local,
    find: "      if (read.has(holder)) await this.#reclaim(holder, segments, { fromSums: !isRebuilding });",
    replace: "      if (read.has(holder)) this.#done.add(holder);",
  },
  {
    name: "a dead thread's slices come back without its journal",
    file: local,
    find: "this.#authority.reclaim(holder, fold.totalsOf(holder),",
    replace: "this.#authority.reclaim(holder, [],",
  },
  {
    name: "only the first segment of a dead thread is read",
    file: holder,
    find: "const inOrder = segments.toSorted((left, right) => left.sequence - right.sequence);",
    replace: "const inOrder = segments.toSorted((left, right) => left.sequence - right.sequence).slice(0, 1);",
  },
  {
    name: "a checkpoint that a disk has changed is believed",
    file: "app/budget-checkpoint.ts",
    find: 'digest(text) !== bytes.subarray(0, end).toString("latin1")',
    replace: "digest(text) === undefined",
  },
  {
    name: "budgets that were made are forgotten at a start",
    file: "app/kept-budgets.ts",
    find: "readDefinitions(world.disk.read(path, 0, FILE_BYTES_MAX))",
    replace: "readDefinitions(undefined)",
  },
  {
    name: "a changed limit is not told to threads",
    file: "app/gateway-budgets.ts",
    find: '    this.#options.tellAll({ type: "budgets", definitions, revision: this.#authority.revision });\n',
    replace: "",
  },
  {
    name: "what was left in doubt is never released",
    file: doubts,
    find: "if (this.#options.correct(this.#due)) this.#due = [];",
    replace: "this.#due = [];",
  },
  {
    name: "what is given to a thread to release is not remembered",
    file: "budget/residuals.ts",
    find: "    if (this.#released.has(dispatched.attempt)) return;\n",
    replace: "",
  },
  {
    seed: 30,
    name: "what a dead thread told nobody of its doubts is not read",
    file: "app/gateway-budgets.ts",
    find: "if (!this.#authority.lost(holder)) void this.#doubts.lost(holder);",
    replace: "this.#authority.lost(holder);",
  },
  {
    name: "who was away for longer than a day forgets what was in doubt",
    file: doubts,
    find: "lookedUntil(world, options.path) - READ_BACK_MS;",
    replace: "world.clock.now() - READ_BACK_MS;",
  },
  {
    seed: 67,
    name: "a full disk keeps what was made from ever being kept",
    file: "app/gateway-budgets.ts",
    find: "    this.#kept.tick();\n",
    replace: "",
  },
  {
    name: "what earlier lives left in doubt is never released",
    file: doubts,
    find: "await this.#readAll(listSegments(this.#world.disk, this.#options.journal));",
    replace: "await this.#readAll([]);",
  },
  {
    name: "what was released before a start is released again after it",
    file: "budget/residuals.ts",
    find: "    remember(this.#corrected, attempt);\n",
    replace: "",
  },
  {
    name: "a stored answer is booked by all who read it",
    file: "app/answer-grants.ts",
    find: "    this.#granted.add(claim.answer);\n",
    replace: "",
  },
  {
    name: "a stored answer that was booked before a start is booked again",
    file: "app/answer-grants.ts",
    find: "const claimed = (answer: string) => void this.#granted.add(answer);",
    replace: "const claimed = (_: string) => undefined;",
  },
  {
    name: "a reply to one thread's question goes to whoever asked last",
    file: "app/answer-claims.ts",
    find: "const resolve = this.#waiting.get(claim);",
    replace: "const resolve = [...this.#waiting.values()].at(-1);",
  },
];
