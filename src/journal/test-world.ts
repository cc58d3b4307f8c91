/** A disk in memory that can fill and crash, and a clock that moves when told; for tests of what the journal promises. */
import { err, ok, type Result } from "#std";
import { instant } from "#units";
import { type AppendFile, type Clock, type Disk, type DiskProblem } from "#world";

/** Thrown by the operation at which the process dies; nothing after it happens. */
export class Crash extends Error {}

export class TestDisk implements Disk {
  readonly files = new Map<string, Buffer>();
  capacity = Number.POSITIVE_INFINITY;
  /** Operations that change something until the crash. */
  operationsLeft = Number.POSITIVE_INFINITY;

  #used(): number {
    let sum = 0;
    for (const bytes of this.files.values()) sum += bytes.length;
    return sum;
  }

  #operate(): void {
    this.operationsLeft -= 1;
    if (this.operationsLeft < 0) throw new Crash();
  }

  /** Dies with `part` of the bytes written when this is the last operation: a torn append. */
  #write(path: string, bytes: Uint8Array): Result<void, DiskProblem> {
    const before = this.files.get(path) ?? Buffer.alloc(0);
    if (this.operationsLeft < 1) {
      this.files.set(path, Buffer.concat([before, bytes.subarray(0, Math.floor(bytes.length / 2))]));
      throw new Crash();
    }
    this.#operate();
    if (this.#used() + bytes.length > this.capacity) return err({ type: "disk-full", path });
    this.files.set(path, Buffer.concat([before, bytes]));
    return ok(undefined);
  }

  openAppend(path: string): Result<AppendFile, DiskProblem> {
    this.#operate();
    if (!this.files.has(path)) this.files.set(path, Buffer.alloc(0));
    const length = () => this.files.get(path)?.length ?? 0;
    return ok({
      path,
      get length() {
        return length();
      },
      append: (bytes) => this.#write(path, bytes),
      sync: () => Promise.resolve(ok(undefined)),
      syncNow: () => ok(undefined),
      close: () => undefined,
    });
  }

  truncate(path: string, length: number): Result<void, DiskProblem> {
    this.#operate();
    this.files.set(path, Buffer.from(this.files.get(path)?.subarray(0, length) ?? []));
    return ok(undefined);
  }

  read(path: string, offset: number, most: number): Buffer | undefined {
    const bytes = this.files.get(path);
    return bytes === undefined ? undefined : Buffer.from(bytes.subarray(offset, offset + most));
  }

  size(path: string): number | undefined {
    return this.files.get(path)?.length;
  }

  list(folder: string): readonly string[] {
    const names = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return names.map((path) => path.slice(folder.length + 1)).toSorted();
  }

  makeFolder(): Result<void, DiskProblem> {
    return ok(undefined);
  }

  replace(path: string, bytes: Uint8Array): Result<void, DiskProblem> {
    this.files.delete(path);
    return this.#write(path, bytes);
  }

  rename(from: string, to: string): Result<void, DiskProblem> {
    for (const [path, bytes] of this.files) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.files.delete(path);
      this.files.set(`${to}${path.slice(from.length)}`, bytes);
    }
    return ok(undefined);
  }

  remove(path: string): void {
    this.#operate();
    this.files.delete(path);
  }

  freeBytes(): number {
    return this.capacity - this.#used();
  }

  hold(): ReturnType<Disk["hold"]> {
    return ok({ release: () => undefined });
  }
}

export class TestClock implements Clock {
  #now = 1_790_000_000_000;
  #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  now() {
    return instant(this.#now);
  }

  monotonicMs(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void) {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** A turn ends with the next `advance`, however short. */
  afterTurn(run: () => void): void {
    this.after(0, run);
  }

  every(periodMs: number, run: () => void | Promise<void>) {
    return this.after(periodMs, () => void run());
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.run();
    }
  }
}
