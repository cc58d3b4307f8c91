/** Gives what some work gave, and tells when it is done: at once, or when what it promises has come. */
export function whenDone<Value>(value: Value, ended: Ended): Value {
  if (value instanceof Promise) {
    listen(value, ended);
    return value;
  }
  return isThenable(value) ? startedOnce(value, ended) : finished(value, ended);
}

type Ended = (failed: { readonly reason: unknown } | undefined) => void;

function finished<Value>(value: Value, ended: Ended): Value {
  ended(undefined);
  return value;
}

function listen(promise: Promise<unknown>, ended: Ended): void {
  promise.then(
    () => ended(undefined),
    (reason: unknown) => ended({ reason }),
  );
}

function isThenable<Value>(value: Value): value is Value & PromiseLike<unknown> {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && "then" in value && typeof value.then === "function";
}

/**
 * A query builder runs its query each time that it is awaited: it is started here, once, and whoever awaits what is given
 * awaits that. Everything else is the builder's own.
 */
function startedOnce<Value extends PromiseLike<unknown>>(value: Value, ended: Ended): Value {
  const started = Promise.resolve(value);
  listen(started, ended);
  return new Proxy(value, {
    get(target, name) {
      if (name === "then" && !isFixed(target, name)) return started.then.bind(started);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" && !isFixed(target, name) ? member.bind(target) : member;
    },
  });
}

/** Nothing else may be given in place of a frozen object's own. */
function isFixed(target: object, name: string | symbol): boolean {
  return Reflect.getOwnPropertyDescriptor(target, name)?.configurable === false;
}
