import { expect, it } from "vitest";
import { listenOrigin } from "#app";

it.each([
  ["127.0.0.1", "http://127.0.0.1:4000"],
  ["tare.internal", "http://tare.internal:4000"],
  ["0.0.0.0", "http://127.0.0.1:4000"],
  ["::", "http://[::1]:4000"],
  ["::1", "http://[::1]:4000"],
  ["[::1]", "http://[::1]:4000"],
])("a listener on %s is opened at %s", (host, origin) => {
  expect(listenOrigin({ host, tls: undefined }, 4000)).toBe(origin);
  expect(new URL(origin).origin).toBe(origin);
});
