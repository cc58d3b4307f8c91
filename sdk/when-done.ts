import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Gives what some work gave, and tells when it is done: at once, or when what it promises has come. Nothing is started, handled
 * or run twice that would not be without this.
 */
export function whenDone<Value>(value: Value, ended: Ended): Value;
export function whenDone(value: unknown, ended: Ended): unknown {
  if (value instanceof Promise) return isPlain(value) ? passedOn(value, ended) : listenedTo(value, ended);
  if (isThenable(value)) return measuredOnce(value, ended);
  ended(undefined);
  return value;
}

type Ended = (failed: { readonly reason: unknown } | undefined) => void;

/** One of its own kind, such as a client's, has more to it than what it promises. */
function isPlain(promise: Promise<unknown>): boolean {
  return Object.getPrototypeOf(promise) === Promise.prototype && Reflect.ownKeys(promise).length === 0;
}

/** A failure that nobody handles is told by the runtime, as it is without us: a listener beside would be a handler of it. */
function passedOn(promise: Promise<unknown>, ended: Ended): Promise<unknown> {
  return promise.then(
    (value) => {
      ended(undefined);
      return value;
    },
    (reason: unknown) => {
      ended({ reason });
      throw reason;
    },
  );
}

function listenedTo(promise: Promise<unknown>, ended: Ended): Promise<unknown> {
  listen(promise, ended);
  return promise;
}

function listen(promise: Promise<unknown>, ended: Ended): void {
  promise.then(
    () => ended(undefined),
    (reason: unknown) => ended({ reason }),
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && "then" in value && typeof value.then === "function";
}

/**
 * A query builder runs its query when it is awaited, and each time: whoever awaits what is given runs it, once, as part of the
 * step. One that nobody awaits, such as one that goes into a transaction, is not run for being measured, and its step is never
 * told. Everything else is the builder's own.
 */
function measuredOnce(value: PromiseLike<unknown>, ended: Ended): PromiseLike<unknown> {
  const inStep = AsyncLocalStorage.snapshot();
  let started: Promise<unknown> | undefined;
  const start = (): Promise<unknown> => {
    if (started !== undefined) return started;
    started = inStep(() => Promise.resolve(value));
    listen(started, ended);
    return started;
  };
  const waiting: Readonly<Record<string | symbol, unknown>> = {
    // oxlint-disable-next-line unicorn/no-thenable -- what it stands for is one
    then: (...args: Parameters<Promise<unknown>["then"]>) => start().then(...args),
    catch: (...args: Parameters<Promise<unknown>["catch"]>) => start().catch(...args),
    finally: (...args: Parameters<Promise<unknown>["finally"]>) => start().finally(...args),
  };
  const given = new Proxy(value, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function" || isFixed(target, name)) return member;
      if (Object.hasOwn(waiting, name)) return waiting[name];
      // A builder that is built on gives itself, and is measured still.
      return (...args: readonly unknown[]): unknown => {
        const built: unknown = Reflect.apply(member, target, args);
        return built === target ? given : built;
      };
    },
  });
  return given;
}

/** Nothing else may be given in place of a frozen object's own. */
function isFixed(target: object, name: string | symbol): boolean {
  return Reflect.getOwnPropertyDescriptor(target, name)?.configurable === false;
}
