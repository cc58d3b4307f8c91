import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";
import { showNanos } from "./amounts.ts";
import { commands } from "./commands.ts";
import { entry, startTestServer, type TestServer } from "./test-server.ts";
import { readTimeRange } from "./time-range.ts";

let server: TestServer;
let folder: string;

beforeEach(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), "tare-cli-"));
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(line: string, env: Readonly<Record<string, string>> = {}) {
  let out = "";
  let error = "";
  const code = await runCommandLine(
    line.split(" ").filter((word) => word !== ""),
    {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (error += text) },
      env: { TARE_URL: server.url, TARE_DATA: folder, ...env },
    },
  );
  return { code, out, error };
}

describe("the command line", () => {
  it("helps with every command it has", async () => {
    const { out, code } = await run("--help");
    expect(code).toBe(0);
    for (const { name, options } of commands) {
      expect(out).toContain(`tare ${name}`);
      const help = await run(`${name} --help`);
      expect(help.code).toBe(0);
      for (const option of Object.keys(options)) expect(help.out).toContain(`--${option}`);
    }
  });

  it("ends well when whoever reads its output has read enough", async () => {
    const program = new URL("../../bin/tare.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [program, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    let error = "";
    child.stderr.on("data", (chunk) => (error += String(chunk)));
    child.stdout.destroy();
    const code = await new Promise((resolve) => void child.on("close", resolve));
    expect([code, error]).toEqual([0, ""]);
  });

  it.for([
    ["spnd", "unknown command spnd; did you mean spend?"],
    ["key", "write one of: tare key create, tare key list, tare key revoke, tare key rotate"],
    ["spend --bye model", "unknown option --bye; did you mean --by?"],
    ["spend --by", "--by needs a value: NAMES"],
    ["spend --json=yes", "--json takes no value"],
    ["spend --by modle", "--by: unknown dimension modle; did you mean model?"],
    ["spend --where feature", "--where: write NAME=VALUE"],
    ["spend --last 7", '--last: "7" is not a time span'],
    ["spend --last 1d --from 2027-01-01", "give --last or --from, not both"],
    ["spend --from 2027-01-02 --to 2027-01-01", "the time asked for ends before it begins"],
    ["spend --tz Mars/Base", "--tz: Mars/Base is not a time zone"],
    ["spend --json --csv", "give --json or --csv, not both"],
    ["spend extra", 'spend does not know what to do with "extra"'],
    ["spend --by a --by b", "--by is given twice"],
    ["key revoke", "key revoke needs ID"],
    ["key rotate key_0001 --overlap soon", "--overlap: write a number with m, h or d"],
    ["key create --expires soon", "--expires: write 30d"],
    ["key create --max-context many", "--max-context: write a number of tokens"],
    ["entries --limit 0", "--limit: write a number from 1"],
    ["up --port 70000", "a port is a number from 0 to 65535"],
    ["demo --speed 0", "--speed: a number above 0"],
    ["status --url nowhere", "--url: write where Tare listens"],
  ])("answers `tare %s` with what is wrong, and code 2", async ([line = "", said = ""]) => {
    const { code, error, out } = await run(line);
    expect(error).toContain(said);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(server.asked).toEqual([]);
  });
});

describe("the other questions", () => {
  it.for([
    ["entries --interaction interaction_1", "retry 2", "failed (upstream_cut)", "unpriced", "0.0050"],
    ["entries --call call_1", "why", "target 1 of 2; try 2"],
    ["entries --call call_1 --json", '"cost_type": "unpriced"'],
    ["calls --state problems", "answered", "~0.0012 + unpriced", "1 000"],
    ["prices claude-haiku", "input_uncached", "over 200000 tokens", "Quarantined, so not used", "no source calls free"],
    ["prices search", "Rates of steps", "tool", "search*", "0.004", "call", "from 2026-01-01", "contract 17"],
    ["status", "demo: providers are simulated", "1 up: 1 running, 12 345 so far", "11.8412 USD", "14 entries"],
    ["status", "40 answers, 2.0 KiB; 300 hits, 100 misses: 75.0 % hits", "avoided         0.1250 USD"],
    ["status", "n.1.a.000001.journal at byte 4096: unreadable_line (unknown event x)", "what to do: start a version"],
    ["status", "0 torn lines, 3 set aside", "estimated       0.0412 USD of gross"],
    ["status", "office 42: 476.8 MiB, since 2027", "2 restarts", "2 segments (1 packed)"],
    ["status", "12 accounts of budgets", "per-user user=ada: 1.5000 USD spent", "threads may use 0.2500 USD alone"],
    ["status", "openai: 0 concurrent spent, 3 concurrent held", "sent: SLO support uses up its allowance 14.4 times"],
    ["key list", "key_0001", "…x9z8", "active", "books", "never"],
    ["key revoke key_0001", "key_0001 (ci) is revoked"],
  ])("`tare %s` says what there is", async ([line = "", ...said]) => {
    const { code, out, error } = await run(line);
    expect(error).toBe("");
    expect(code).toBe(0);
    for (const text of said) expect(out).toContain(text);
  });

  it("say on standard error that a list was cut, and nothing where it was not", async () => {
    const rows: unknown[] = JSON.parse((await run("calls --json")).out);
    const pages = { "GET /api/v1/calls": { status: 200, text: JSON.stringify({ rows, cursor: "2" }) } };
    const more = await startTestServer(pages);
    const cut = await run(`calls --limit ${rows.length}`, { TARE_URL: more.url });
    await more.close();
    expect(cut.error).toContain(`the first ${rows.length} rows, and there are more`);
    expect(cut.out).not.toContain("there are more");
    expect((await run("calls")).error).toBe("");
  });

  it("ask with the names that were given", async () => {
    await run("entries --interaction abc --where team=a=b --limit 5000");
    const { searchParams } = server.asked[0]?.url ?? new URL("x:");
    expect([...searchParams]).toEqual([
      ["interaction", "abc"],
      ["limit", "1000"],
      ["team", "a=b"],
    ]);
  });
});

describe("tare entries", () => {
  it("says of what kind each is, and what a step is called", async () => {
    await server.close();
    const step = { ...entry, number: 0, kind: "tool", step: "search", purpose: "answer" };
    const text = JSON.stringify({ rows: [step, entry] });
    server = await startTestServer({ "GET /api/v1/entries": { status: 200, text } });
    const { out } = await run("entries --where kind=tool");
    const [head, tool, call] = out.split("\n").map((line) => line.replaceAll(/\s{2,}/g, " | "));
    expect(head).toContain("call | kind | purpose | state");
    expect(tool).toContain("| tool search | answer | failed");
    expect(call).toContain("| model | retry 2 | failed");
    expect(server.asked[0]?.url.searchParams.get("kind")).toBe("tool");
  });
});

describe("tare calls", () => {
  it("asks for calls by how they ended, and when", async () => {
    await run("calls --code budget_exceeded --status 402 --cost unpriced --from 2027-01-01T00:00:00Z --where team=a");
    const { searchParams } = server.asked[0]?.url ?? new URL("x:");
    expect(Object.fromEntries(searchParams)).toEqual({
      code: "budget_exceeded",
      status: "402",
      cost: "unpriced",
      from: "2027-01-01T00:00:00Z",
      limit: "50",
      team: "a",
    });
  });
});

describe("tare key", () => {
  it("prints a new secret alone on standard output", async () => {
    const { out, error } = await run(
      "key create --team support --models gpt-5-mini,openai/* --expires 30d --max-output-tokens 500 --require-interaction",
    );
    expect(out).toBe("tare_sk_secret\n");
    expect(error).toContain("shown this once");
    const body: unknown = JSON.parse(server.asked[0]?.body ?? "");
    expect(body).toMatchObject({
      team: "support",
      models: ["gpt-5-mini", "openai/*"],
      max_output_tokens: 500,
      require_interaction: true,
    });
  });

  it("says the id of a key without a name once", async () => {
    const key = { id: "key_9", name: "key_9", hint: "x", origin: "books", require_interaction: false, state: "active" };
    const text = JSON.stringify({ key: { ...key, created_at: entry.incurred_at }, secret: "tare_sk_secret" });
    await server.close();
    server = await startTestServer({ "POST /api/v1/keys": { status: 201, text } });
    expect((await run("key create")).error).toBe("key_9. The secret is shown this once:\n");
  });

  it("rotates with the overlap asked for", async () => {
    const { out } = await run("key rotate key_0001 --overlap 0");
    expect(out).toBe("tare_sk_successor\n");
    expect(JSON.parse(server.asked[0]?.body ?? "")).toEqual({ overlap_seconds: 0 });
  });
});

describe("the server", () => {
  it("is told the token of the option, the environment, or the data folder", async () => {
    mkdirSync(join(folder, "secrets"));
    writeFileSync(join(folder, "secrets", "admin-token"), "of-folder\n");
    await run("status");
    await run("status", { TARE_TOKEN: "of-environment" });
    await run("status --token of-option", { TARE_TOKEN: "of-environment" });
    expect(server.asked.map(({ token }) => token)).toEqual([
      "Bearer of-folder",
      "Bearer of-environment",
      "Bearer of-option",
    ]);
  });

  it("that is not there is named, with what to do", async () => {
    await server.close();
    const { code, error } = await run("status");
    expect(code).toBe(1);
    expect(error).toBe(
      `tare: nothing listens at ${server.url}. Start Tare with \`tare up\` or \`tare demo\`, or say where it is with --url.\n`,
    );
  });

  it.for([
    [401, { code: "unauthorized" }, "the token is missing or not known here"],
    [
      400,
      { code: "invalid_query", detail: "Some query parameters are wrong." },
      "parameters are wrong. (invalid_query)",
    ],
    [200, { unexpected: true }, "is not of this version of Tare"],
    [502, "<html>", "is not of this version of Tare"],
  ] as const)("that says %i is understood", async ([status, body, said]) => {
    await server.close();
    const problem = { type: "about:blank", title: "", status, detail: "", fields: [{ path: "by", detail: "No." }] };
    const text =
      typeof body === "string" ? body : JSON.stringify("unexpected" in body ? body : { ...problem, ...body });
    server = await startTestServer({ "GET /api/v1/status": { status, text } });
    const { code, error } = await run("status --token secret-canary");
    expect(code).toBe(1);
    expect(error).toContain(said);
    expect(error).not.toContain("secret-canary");
    if (status === 400) expect(error).toContain("  by: No.");
  });
});

describe("tare check", () => {
  it("tells every problem of a file with its place, and code 1", async () => {
    const file = join(folder, "tare.yaml");
    writeFileSync(file, "listen: { prot: 1 }\nproviders: { a: { format: openai, api_key: 'sk canary' } }\n");
    const { code, out, error } = await run(`check ${file}`);
    expect(code).toBe(1);
    expect(out).toContain(`${file}:1:11  listen.prot: unknown field; did you mean port?\n`);
    expect(out).toContain(`${file}:2:44  providers.a.api_key:`);
    expect(out).not.toContain("canary");
    expect(error).toBe(`tare: 2 problems in ${file}\n`);
  });

  it("warns of a secret that stands in the file, without repeating it", async () => {
    const file = join(folder, "tare.yaml");
    writeFileSync(file, "providers: { a: { format: openai, api_key: sk-canary } }\n");
    const { code, out } = await run(`check ${file}`);
    expect(code).toBe(0);
    expect(out).toContain("warning: providers.a.api_key: the secret stands in the file in clear");
    expect(out).not.toContain("canary");
  });

  it("warns of budgets and SLOs that nothing can count for", async () => {
    const file = join(folder, "tare.yaml");
    writeFileSync(
      file,
      `providers: { openai: { format: openai, api_key: none } }
routes: { support: { targets: [openai/gpt-5-mini], max_output_tokens: 100 } }
budgets:
  - { scope: { route: suport }, per: day, limit: 3 USD }
  - { scope: { provider: opnai }, per: day, limit: 3 USD }
  - { scope: { provider: mistral }, limit: 3 concurrent }
  - { scope: { route: support, provider: openai, team: nobody-yet }, per: day, limit: 3 USD }
  - { scope: { route: "*" }, per: day, limit: 3 USD }
slos:
  - { name: quick, route: suport, good: answered, target: 99% }
  - { name: up, provider: openai, good: answered, target: 99% }
  - { name: chat, feature: chat, good: answered, target: 99% }
`,
    );
    const { code, out } = await run(`check ${file}`);
    expect(code).toBe(0);
    expect(out.split("\n").filter((line) => line.startsWith("warning: "))).toEqual([
      "warning: budget route=suport/day: it holds nothing, since there is no route suport; did you mean support?",
      "warning: budget provider=opnai/day: it holds nothing, since there is no provider opnai; did you mean openai?",
      "warning: budget provider=mistral/concurrent: it holds nothing, since there is no provider mistral",
      "warning: SLO quick: it counts nothing, since there is no route suport; did you mean support?",
    ]);
  });

  it("says what a good file holds", async () => {
    const file = join(folder, "tare.yaml");
    writeFileSync(file, 'providers: { a: { format: openai, api_key: "${KEY}" } }\n');
    expect(await run(`check ${file}`, { KEY: "sk-1" })).toEqual({
      code: 0,
      out: `${file} is fine: 1 provider, 0 routes, 0 static keys\n`,
      error: "",
    });
  });

  it("says when there is no file", async () => {
    expect(await run(`check ${folder}/none.yaml`)).toMatchObject({
      code: 1,
      error: `tare: there is no file ${folder}/none.yaml\n`,
    });
  });
});

describe("amounts", () => {
  it("are within half of the last place shown, and never 0 for what is not", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (nanos) => {
        const text = showNanos(nanos.toString());
        if (text === "<0.0001" || text === ">-0.0001") {
          expect(nanos).not.toBe(0n);
          expect(nanos < 0n ? -nanos : nanos).toBeLessThan(100_000n);
          return;
        }
        const shown = BigInt(text.replaceAll(/[ .]/g, "")) * 100_000n;
        const error = shown - nanos;
        expect((error < 0n ? -error : error) * 2n).toBeLessThanOrEqual(100_000n);
      }),
    );
  });

  it("of days begin at midnight of their zone", () => {
    const words = { last: undefined, from: "2027-01-31", to: "2027-02-01", tz: "America/New_York" };
    expect(readTimeRange(words, 0)).toEqual({
      ok: true,
      value: { from: "2027-01-31T05:00:00.000Z", to: "2027-02-01T05:00:00.000Z" },
    });
  });
});
