import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommand } from "./test-command.ts";
import { begunImport } from "./test-import.ts";

it("books nothing of a file that becomes shorter while it is sent", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-cli-"));
  const file = join(folder, "file.csv");
  writeFileSync(file, "BilledCost\n1\n2\n");
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (asked.length === 1) truncateSync(file, 4);
    request.resume();
    response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(begunImport));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const env = { TARE_URL: `http://127.0.0.1:${port}`, TARE_DATA: folder };
  const { code, out } = await runCommand(["import", "focus", file, "--whole"], env);
  expect(asked).toEqual(["POST /api/v1/imports", "POST /api/v1/imports/import_1/parts?offset=0"]);
  expect(out).toContain("became shorter");
  expect(code).toBe(1);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  rmSync(folder, { recursive: true });
});
