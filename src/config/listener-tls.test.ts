import { describe, expect, it } from "vitest";
import { openConfig, readConfig, sealConfig } from "#config";
import { instant } from "#units";
import { makeCertificate } from "../http/test-certificate.ts";

const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2026, 3, 1);
const mine = makeCertificate({ from: FROM, to: TO });
const files: Readonly<Record<string, string>> = {
  "cert.pem": mine.cert,
  "key.pem": mine.key,
  "other-key.pem": makeCertificate().key,
  "empty.pem": "",
};

function read({ cert = "cert.pem", key = "key.pem", now }: { cert?: string; key?: string; now?: number } = {}) {
  return readConfig(`listen: { tls: { cert: ${cert}, key: ${key} } }\n`, {
    env: {},
    readSecretFile: (path) => files[path],
    ...(now === undefined ? {} : { now: instant(now) }),
  });
}

function problemsOf(config: ReturnType<typeof readConfig>) {
  return config.ok ? [] : config.error.map(({ path, code }) => ({ path, code }));
}

describe("listen.tls", () => {
  it("reads certificate and key, knows how long they are good, and prints no key", () => {
    const config = read({ now: FROM });
    if (!config.ok) throw new Error(JSON.stringify(config.error));
    const { tls } = config.value.listen;
    expect(tls).toMatchObject({ cert: mine.cert, validFrom: FROM, validTo: TO });
    expect(JSON.stringify(config.value)).not.toContain("PRIVATE KEY");
    const opened = openConfig(structuredClone(sealConfig(config.value, { withSecrets: false })));
    expect(opened.listen.tls?.key.reveal()).toBe(mine.key);
  });

  it.each([
    [{ cert: "gone.pem" }, [{ path: "listen.tls.cert", code: "missing_file" }]],
    [{ key: "empty.pem" }, [{ path: "listen.tls.key", code: "missing_file" }]],
    [{ cert: "key.pem" }, [{ path: "listen.tls.cert", code: "invalid_certificate" }]],
    [{ key: "cert.pem" }, [{ path: "listen.tls.key", code: "invalid_private_key" }]],
    [{ key: "other-key.pem" }, [{ path: "listen.tls.key", code: "wrong_private_key" }]],
    [
      { cert: "gone.pem", key: "gone.pem" },
      [
        { path: "listen.tls.cert", code: "missing_file" },
        { path: "listen.tls.key", code: "missing_file" },
      ],
    ],
  ])("%j leads to %j", (settings, problems) => {
    expect(problemsOf(read(settings))).toEqual(problems);
  });

  it("finds a certificate out of its time where the time is told, and runs on with it where not", () => {
    expect(problemsOf(read({ now: FROM - 1 }))).toMatchObject([{ code: "certificate_not_yet_valid" }]);
    expect(problemsOf(read({ now: TO - 1 }))).toEqual([]);
    expect(problemsOf(read({ now: TO }))).toMatchObject([{ code: "certificate_expired", path: "listen.tls.cert" }]);
    expect(problemsOf(read())).toEqual([]);
  });
});

function told(proxies: string) {
  const text = `listen: { trust_proxy: [${proxies}] }\n`;
  return problemsOf(readConfig(text, { env: {}, readSecretFile: () => undefined }));
}

describe("listen.trust_proxy", () => {
  it.each(["127.0.0.1", "10.0.0.0/8", "'::1'", "'fd00::/8'"])("takes %s", (text) => {
    expect(told(text)).toEqual([]);
  });

  it.each(["proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "'fd00::/129'", "true"])(
    "refuses %s",
    (text) => {
      expect(told(text)).toMatchObject([{ code: "invalid_value" }]);
    },
  );
});
