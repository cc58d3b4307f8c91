/** What the guides write into tare.yaml is what `tare check` takes: every example of every page of docs/, and the README's. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runCommandLine } from "#cli";
import { makeCertificate } from "../http/test-certificate.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const pages = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];

const FENCED = /^```yaml\n([\s\S]*?)^```/gm;
/** Indented by four, and more where it goes on. */
const INDENTED =
  /^ {4}(?:allocation|alerts|bills|budgets|exchange_rates|journal|limits|listen|log|meters|retention|slos|step_rates):.*\n(?: {4,}.*\n)*/gm;
/** A file of its own, that `tare prices diff` takes; the tests of that command have it. */
const OF_ANOTHER_FILE = /^reason:/m;
/** Fields of a route, shown without it. */
const OF_A_ROUTE = ["hedge", "otherwise"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tare-examples-"));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(
    join(folder, "vertex.json"),
    JSON.stringify({
      type: "service_account",
      client_email: "a@b.iam.gserviceaccount.com",
      private_key: pem,
      private_key_id: "1",
      token_uri: "https://oauth2.googleapis.com/token",
    }),
  );
  writeFileSync(
    join(folder, "federation.json"),
    JSON.stringify({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/oidc",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      credential_source: { file: "/var/run/secrets/tokens/gcp" },
    }),
  );
  const { cert, key } = makeCertificate({ to: Date.now() + 86_400_000 });
  writeFileSync(join(folder, "fullchain.pem"), cert);
  writeFileSync(join(folder, "privkey.pem"), key);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examples = pages
  .filter((page) => page.endsWith(".md"))
  .flatMap((page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const fenced = [...text.matchAll(FENCED)].map(([, body = ""]) => body);
    const indented = [...text.matchAll(INDENTED)].map(([body]) => body.replaceAll(/^ {4}/gm, ""));
    return [...fenced, ...indented].filter((body) => !OF_ANOTHER_FILE.test(body)).map((body) => ({ page, body }));
  });

/** What a variable says whose name ends so. */
const SETTINGS: ReadonlyMap<string, string> = new Map([
  ["ARN", "arn:aws:iam::123456789012:role/tare"],
  ["FILE", "/var/run/secrets/token"],
  ["ID", "00000000-0000-0000-0000-000000000000"],
]);

/** What stands elsewhere in a reader's file: providers by their usual names, a rate of EUR, the files that it points to. */
function toWhole(body: string): object {
  const placed = body.replaceAll(/(?:\/run\/secrets|\/etc\/tare\/tls)\//g, `${folder}/`);
  const given = parse(placed) as Readonly<Record<string, unknown>>;
  const isOfRoute = Object.keys(given).some((name) => OF_A_ROUTE.includes(name)) || isRouteTargets(given["targets"]);
  const providers = {
    openai: { format: "openai", api_key: "${A_KEY}" },
    claude: { format: "anthropic", api_key: "${A_KEY}" },
    gemini: { format: "gemini", api_key: "${A_KEY}" },
    local: { format: "openai", base_url: "http://127.0.0.1:8000/v1", api_key: "none" },
  };
  const whole = isOfRoute ? { routes: { example: { targets: ["openai/gpt-5-mini"], ...given } } } : given;
  const rates = [{ currency: "EUR", from: "2020-01-01", rate: "1.1", source: "central bank" }];
  return {
    exchange_rates: rates,
    ...whole,
    providers: { ...providers, ...(given["providers"] as object | undefined) },
  };
}

function isRouteTargets(targets: unknown): boolean {
  return Array.isArray(targets) && targets.some((one) => typeof one === "object" && one !== null && "target" in one);
}

describe("the guides", () => {
  it("have examples enough for this to mean something", () => {
    expect(examples.length).toBeGreaterThan(25);
  });

  it.each(examples.map(({ page, body }) => [page, body.split("\n", 1)[0] ?? "", body] as const))(
    "%s: %s",
    async (_page, _line, body) => {
      writeFileSync(join(folder, "anthropic"), "sk-from-a-file");
      const file = join(folder, "tare.yaml");
      writeFileSync(file, JSON.stringify(toWhole(body)));
      let said = "";
      const stream = { write: (text: string) => (said += text) };
      const secrets = [...body.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => [
        name,
        SETTINGS.get(name.replace(/^.*_/, "")) ?? "https://a.example/0123456789abcdef",
      ]);
      const env = { A_KEY: "sk-of-a-provider", ...(Object.fromEntries(secrets) as Record<string, string>) };
      const code = await runCommandLine(["check", file], { stdout: stream, stderr: stream, env });
      expect({ code, said: code === 0 ? "" : said }).toEqual({ code: 0, said: "" });
    },
  );
});
