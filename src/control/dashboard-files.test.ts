import { afterAll, beforeAll, expect, it } from "vitest";
import { TestControl } from "./test-control.ts";

let control: TestControl;
beforeAll(async () => {
  control = await new TestControl().start();
});
afterAll(() => control.stop());

it.for(["/", "/index.html", "/calls/call_1", "/interactions/a.b:c", "/x/../y"])(
  "gives the page at %s, never stored blindly",
  async (path) => {
    const answer = await control.ask({ path });
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(answer.headers["cache-control"]).toBe("no-cache");
  },
);

const linkAt = async (path: string) => (await control.ask({ path })).headers["link"];

it("has the browser ask at once what the page asks first, in the dashboard's own words", async () => {
  const status = "</api/v1/status>; rel=preload; as=fetch; crossorigin";
  expect(await linkAt("/calls/call_1")).toBe(status);
  const interaction = "</api/v1/interactions/ticket%207%3E?entries=none>; rel=preload; as=fetch; crossorigin";
  expect(await linkAt("/interactions/ticket%207%3e")).toBe(`${status}, ${interaction}`);
  expect(await linkAt("/interactions/%ff")).toBe(status);
  expect(await linkAt("/assets/main-abc123.js")).toBeUndefined();
});

it("lets hashed assets be kept for good, and asks again for others", async () => {
  const script = await control.ask({ path: "/assets/main-abc123.js" });
  expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
  expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect((await control.ask({ path: "/favicon.svg" })).headers["cache-control"]).toBe("no-cache");
});

it("says that nothing has changed to who has it already", async () => {
  const { headers } = await control.ask({ path: "/" });
  const again = await control.ask({ path: "/", headers: { "if-none-match": String(headers.etag) } });
  expect([again.status, again.text]).toEqual([304, ""]);
});

it.for(["/assets/gone.js", "/assets/", "/assets/main-abc123.js.map", "/assets/%2e%2e%2fbooks.sqlite"])(
  "has nothing at %s, where a page would hide that a file is missing",
  async (path) => expect((await control.ask({ path })).status).toBe(404),
);

it("never gives a file outside its folder", async () => {
  for (const path of [
    "/../books.sqlite",
    "/..%2fbooks.sqlite",
    "/%2e%2e%2fbooks.sqlite",
    "/..\\books.sqlite",
    "//etc/passwd",
  ])
    expect((await control.ask({ path })).text, path).not.toMatch(/SQLite|root:/);
});

it("answers HEAD like GET without the body", async () => {
  const answer = await control.ask({ method: "HEAD", path: "/" });
  expect([answer.status, answer.text, answer.headers["cache-control"]]).toEqual([200, "", "no-cache"]);
});

it("lets no inline script or style, no frame and no other origin in", async () => {
  const policy = String((await control.ask({ path: "/" })).headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
});
