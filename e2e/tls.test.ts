/** Both listeners with a certificate: clients that trust it are answered, and a new one comes without a cut connection. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCertificate } from "../src/http/test-certificate.ts";
import { Product, PROGRAM, until } from "./harness/product.ts";
import { fault, recovers } from "./harness/faults.ts";

const folder = mkdtempSync(join(tmpdir(), "tare-tls-"));
const certPath = join(folder, "cert.pem");
const keyPath = join(folder, "key.pem");
const first = makeCertificate({ name: "first" });
const second = makeCertificate({ name: "second" });
let product: Product;

function write({ cert, key }: { readonly cert: string; readonly key: string }): void {
  writeFileSync(certPath, cert);
  writeFileSync(keyPath, key);
}

beforeAll(async () => {
  write(first);
  product = new Product({
    folder,
    listen: `tls: { cert: ${certPath}, key: ${keyPath} }, trust_proxy: [127.0.0.1]`,
    config: "",
  });
  await product.start();
});
afterAll(async () => {
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
});

function ask(
  url: string,
  { ca, method = "GET", headers = {}, body }: Ask,
): Promise<{ status: number; cookie: string; text: string }> {
  return new Promise((done, failed) => {
    const sending = request(url, { ca, method, headers, servername: "localhost", agent: false }, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
      answer.on("end", () =>
        done({ status: answer.statusCode ?? 0, cookie: String(answer.headers["set-cookie"] ?? ""), text }),
      );
    });
    sending.on("error", failed);
    sending.end(body);
  });
}

interface Ask {
  readonly ca: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The name in the certificate that a listener shows now. */
function shownBy(url: string): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", rejectUnauthorized: false }, () => {
      done(String(socket.getPeerCertificate().subject["CN"]));
      socket.destroy();
    });
    socket.on("error", failed);
  });
}

it("serves the data plane, the control API and its own commands by TLS", async () => {
  expect(product.dataPlane).toMatch(/^https:/);
  expect(product.control).toMatch(/^https:/);
  expect(await ask(`${product.dataPlane}/readyz`, { ca: first.cert })).toMatchObject({ status: 200 });
  expect(await ask(`${product.control}/healthz`, { ca: first.cert })).toMatchObject({ status: 200 });
  const status = spawnSync(
    process.execPath,
    [PROGRAM, "status", "--url", product.control, "--data", product.dataFolder],
    { encoding: "utf8", env: { ...process.env, NODE_EXTRA_CA_CERTS: certPath } },
  );
  expect(status.stderr).toBe("");
  expect(status.stdout).toContain(product.dataPlane);
});

it("keeps its sessions to TLS", async () => {
  const opened = await ask(`${product.control}/api/v1/session`, {
    ca: first.cert,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: product.adminToken }),
  });
  expect(opened.status).toBe(201);
  expect(opened.cookie).toMatch(/; Secure$/);
});

it("counts wrong tokens by the address that a trusted proxy names", async () => {
  await ask(`${product.control}/api/v1/session`, {
    ca: first.cert,
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.9" },
    body: JSON.stringify({ token: "wrong" }),
  });
  await product.says(/"event":"login-failed".*"from":"203\.0\.113\.9"/);
});

it("takes a renewed certificate within a second, and an open connection stays", async () => {
  const open = connect({ port: Number(new URL(product.dataPlane).port), host: "127.0.0.1", ca: first.cert });
  let answered = "";
  open.on("data", (chunk: Buffer) => (answered += chunk.toString()));
  open.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await until(() => answered.includes("200 OK"), "the first answer");
  write(second);
  await until(async () => (await shownBy(product.dataPlane)) === "second", "the data plane shows it");
  await until(async () => (await shownBy(product.control)) === "second", "the control API shows it");
  open.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await until(() => answered.split("200 OK").length === 3, "the same connection is answered again");
  open.destroy();
});

it("stays with the certificate it has when the files hold two halves, and says so", async () => {
  fault({
    name: "certificate and key do not belong together while they are renewed",
    users: "nothing: the certificate in force stays",
    lost: "nothing",
    recovery: "with the second file",
    within: "2 s",
  });
  writeFileSync(keyPath, first.key);
  await until(() => product.output.includes("listen.tls.key"), "the problem is told");
  expect(await shownBy(product.dataPlane)).toBe("second");
  writeFileSync(certPath, first.cert);
  await recovers(
    "certificate and key do not belong together while they are renewed",
    async () => (await shownBy(product.dataPlane)) === "first",
  );
});

it("fails `tare check` with a certificate that has expired, and takes the one that comes after it", async () => {
  fault({
    name: "the certificate has expired",
    users: "clients that verify refuse to connect; Tare goes on serving, the log says `certificate-expired`",
    lost: "nothing",
    recovery: "with the renewed files",
    within: "2 s",
  });
  write(makeCertificate({ name: "expired", to: Date.now() - 1000 }));
  const args = [PROGRAM, "check", join(folder, "tare.yaml")];
  const checked = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(checked).toMatchObject({ status: 1, stdout: expect.stringContaining("the certificate expired on") });
  await until(async () => (await shownBy(product.dataPlane)) === "expired", "it is in force all the same");
  await until(() => product.output.includes("certificate-expired"), "the log says so");
  write(second);
  await recovers("the certificate has expired", async () => (await shownBy(product.dataPlane)) === "second");
});
