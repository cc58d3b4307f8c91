import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { type NetworkProblem, realWorld } from "#world";

const folder = mkdtempSync(join(tmpdir(), "tare-world-"));
const readOnly = join(folder, "read-only");
mkdirSync(readOnly);
// Takes root.
const isMounted = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", readOnly]).status === 0;
afterAll(() => {
  if (isMounted) spawnSync("/bin/umount", ["-l", readOnly]);
  rmSync(folder, { recursive: true });
});

describe("disk", () => {
  const { disk } = realWorld();

  it("appends at the end of what is there and reads ranges", () => {
    const path = join(folder, "journal");
    for (const text of ["one", "two"]) {
      const file = disk.openAppend(path);
      if (!file.ok) throw new Error(file.error.type);
      expect(file.value.append(Buffer.from(text)).ok).toBe(true);
      file.value.close();
    }
    expect(disk.read(path, 0, 99)?.toString()).toBe("onetwo");
    expect(disk.read(path, 2, 2)?.toString()).toBe("et");
    expect(disk.read(path, 99, 2)?.length).toBe(0);
    expect(disk.read(join(folder, "absent"), 0, 1)).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("reads no folder, and a pipe to its end", async () => {
    expect(disk.read(folder, 0, 9)).toBeUndefined();
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const writer = spawn("sh", ["-c", `printf 'data: a' > ${pipe}`]);
    expect(disk.read(pipe, 0, 99)?.toString()).toBe("data: a");
    expect(disk.read("/dev/zero", 2, 200_000)?.length, "of what has no end, no more than is asked for").toBe(200_000);
    await once(writer, "exit");
  });

  it("replaces whole files, for the owner's eyes only", () => {
    const path = join(folder, "state");
    expect(disk.replace(path, Buffer.from("a")).ok).toBe(true);
    expect(disk.replace(path, Buffer.from("b")).ok).toBe(true);
    expect(disk.read(path, 0, 9)?.toString()).toBe("b");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(disk.list(folder)).not.toContain("state.new");
  });

  it("renames a folder with all that is in it, and never over another", () => {
    const [from, to] = [join(folder, "old"), join(folder, "young")];
    expect(disk.makeFolder(from).ok).toBe(true);
    expect(disk.replace(join(from, "state"), Buffer.from("a")).ok).toBe(true);
    expect(disk.rename(from, to).ok).toBe(true);
    expect([disk.size(from), disk.read(join(to, "state"), 0, 9)?.toString()]).toEqual([undefined, "a"]);
    expect(disk.makeFolder(from).ok).toBe(true);
    expect(disk.rename(to, from)).toEqual({ ok: false, error: { type: "disk-failed", path: to, code: "EEXIST" } });
  });

  it("holds a file against others until it is released", () => {
    const path = join(folder, "lock");
    const first = disk.hold(path);
    if (!first.ok) throw new Error(first.error.type);
    expect(disk.hold(path)).toEqual({ ok: false, error: { type: "held" } });
    first.value.release();
    expect(disk.hold(path).ok).toBe(true);
  });

  it.runIf(isMounted)("says of a disk that it is read-only, and not that a folder is not there", () => {
    for (const path of [join(readOnly, "journal"), join(readOnly, "a", "b")])
      expect(disk.makeFolder(path)).toEqual({ ok: false, error: { type: "disk-failed", path, code: "EROFS" } });
  });

  it("says where it could not write", () => {
    const path = join(folder, "no", "such", "folder");
    expect(disk.openAppend(path)).toEqual({ ok: false, error: { type: "disk-failed", path, code: "ENOENT" } });
  });
});

describe("ids", () => {
  it("sort as they were made, also within one millisecond, and have one length", () => {
    const { chance } = realWorld();
    const ids = Array.from({ length: 20_000 }, () => chance.id("call"));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids.map(({ length }) => length))).toEqual(new Set(["call_".length + 28]));
  });

  it("made by two at the same moment differ", () => {
    const [one, other] = [realWorld().chance, realWorld().chance];
    const ids = Array.from({ length: 20_000 }, (_, place) => (place % 2 === 0 ? one : other).id("call"));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("network", () => {
  it("gives head, data and end of an answer", async () => {
    const answer = await ask(await serve((_, response) => response.writeHead(201, { "x-a": "1" }).end("whole")));
    expect(answer).toMatchObject({ status: 201, text: "whole", problem: undefined });
    expect(answer.headers).toContain("x-a");
  });

  it("reaches no origin that is not allowed", async () => {
    const origin = await serve((_, response) => response.end("reached"));
    expect((await ask(origin, { allowed: [] })).problem?.type).toBe("origin-not-allowed");
  });

  it("tells refusal, failed look-up, broken TLS and a connection that breaks apart", async () => {
    const closed = await serve((request) => request.socket.destroy());
    const plain = createTcpServer((socket) => socket.end("this is not TLS\n"));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void plain.close());
    const address = plain.address();
    const plainPort = typeof address === "object" && address !== null ? address.port : 0;
    expect((await ask("http://127.0.0.1:1")).problem?.type).toBe("connect-refused");
    expect((await ask("http://does-not-exist.invalid")).problem?.type).toBe("dns-failed");
    expect((await ask(`https://127.0.0.1:${plainPort}`)).problem?.type).toBe("tls-failed");
    expect((await ask(closed)).problem?.type).toBe("reset");
  });

  it("tells a stream that broke after its head from one that ended", async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200);
      response.write("half");
      setTimeout(() => response.socket?.destroy(), 20);
    });
    expect(await ask(origin)).toMatchObject({ status: 200, text: "half", problem: { type: "reset" } });
  });

  it("stops at once when cancelled, and says so once", async () => {
    const origin = await serve(() => undefined);
    const { network } = realWorld();
    network.allow([origin]);
    const problems: NetworkProblem[] = [];
    const upstream = network.upstream(origin, { connectTimeoutMs: 1000 });
    onTestFinished(() => upstream.close());
    const sink = {
      head() {},
      data: () => true,
      end() {},
      problem: (problem: NetworkProblem) => problems.push(problem),
    };
    const exchange = upstream.send({ method: "GET", path: "/", headers: [], body: undefined }, sink);
    exchange.cancel();
    exchange.cancel();
    expect(problems.map((problem) => problem.type)).toEqual(["cancelled"]);
  });

  it("refuses a port that another listener holds exclusively", async () => {
    const { network } = realWorld();
    const [first, second] = [createServer(), createServer()];
    onTestFinished(() => void first.close());
    const opened = await network.listen(first, { host: "127.0.0.1", port: 0, shared: false });
    if (!opened.ok) throw new Error(opened.error.type);
    const { port } = opened.value;
    expect(await network.listen(second, { host: "127.0.0.1", port, shared: false })).toMatchObject({
      ok: false,
      error: { type: "port-taken" },
    });
  });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const opened = await realWorld().network.listen(server, { host: "127.0.0.1", port: 0, shared: false });
  if (!opened.ok) throw new Error(opened.error.type);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${opened.value.port}`;
}

async function ask(origin: string, { allowed = [origin] }: { allowed?: string[] } = {}) {
  const { network } = realWorld();
  network.allow(allowed);
  const upstream = network.upstream(origin, { connectTimeoutMs: 2000 });
  onTestFinished(() => upstream.close());
  const seen = {
    status: 0,
    headers: [] as readonly string[],
    text: "",
    problem: undefined as NetworkProblem | undefined,
  };
  await new Promise<void>((resolve) => {
    upstream.send(
      { method: "POST", path: "/", headers: ["content-type", "text/plain"], body: Buffer.from("ask") },
      {
        head(status, headers) {
          seen.status = status;
          seen.headers = headers;
        },
        data(chunk) {
          seen.text += chunk.toString();
          return true;
        },
        end: () => resolve(),
        problem(problem) {
          seen.problem = problem;
          resolve();
        },
      },
    );
  });
  return seen;
}
