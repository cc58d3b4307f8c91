import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;
const KB_PER_PAGE = 4;

/** User and system time of a process and all that it has started, threads and ended children included. */
export function cpuSeconds(root: number): number {
  let ticks = 0;
  for (const { user, system, endedUser, endedSystem } of treeOf(root)) ticks += user + system + endedUser + endedSystem;
  return ticks / TICKS_PER_SECOND;
}

export function residentMb(root: number): number {
  return treeOf(root).reduce((sum, { pages }) => sum + pages * KB_PER_PAGE, 0) / 1024;
}

export interface ProcessUse {
  readonly id: number;
  readonly residentMb: number;
  /** Open files and sockets. */
  readonly handles: number;
}

/** The process and each that it has started, in the order of their ids. */
export function processesOf(root: number): readonly ProcessUse[] {
  return treeOf(root)
    .toSorted((a, b) => a.id - b.id)
    .map(({ id, pages }) => ({
      id,
      residentMb: (pages * KB_PER_PAGE) / 1024,
      handles: readdirSync(`/proc/${id}/fd`).length,
    }));
}

interface ProcessState {
  readonly id: number;
  readonly parent: number;
  readonly user: number;
  readonly system: number;
  readonly endedUser: number;
  readonly endedSystem: number;
  readonly pages: number;
}

function treeOf(root: number): readonly ProcessState[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readState(name));
  const tree = all.filter(({ id }) => id === root);
  for (const state of tree) tree.push(...all.filter(({ parent }) => parent === state.id));
  return tree;
}

/** The same by thread, for those that still run. */
export function cpuByThread(root: number): ReadonlyMap<string, number> {
  const threads = new Map<string, number>();
  for (const { id } of treeOf(root)) {
    for (const thread of readdirSync(`/proc/${id}/task`)) {
      const [state] = readState(`${id}/task/${thread}`);
      const name = `${id} ${readFileSync(`/proc/${id}/task/${thread}/comm`, "latin1").trim()} ${thread}`;
      if (state !== undefined) threads.set(name, (state.user + state.system) / TICKS_PER_SECOND);
    }
  }
  return threads;
}

function readState(name: string): readonly ProcessState[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${name}/stat`, "latin1");
  } catch {
    // It ended between the listing and the reading.
    return [];
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const at = (index: number): number => Number(fields[index]);
  return [
    {
      id: Number(name),
      parent: at(1),
      user: at(11),
      system: at(12),
      endedUser: at(13),
      endedSystem: at(14),
      pages: at(21),
    },
  ];
}
