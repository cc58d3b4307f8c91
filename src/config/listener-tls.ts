import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { err, ok, type Result } from "#std";
import { type Instant, instant, Secret } from "#units";
import { type ConfigPath, type ConfigProblem, pathText } from "./config-problem.ts";
import { valueAt } from "./schema-problems.ts";
import { type SecretSources } from "./secrets.ts";
import { type WrittenYaml } from "./written-yaml.ts";

/** The certificate of the listeners, as its files held it when they were read. */
export interface ListenerTls {
  /** PEM, with its chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: Secret;
  readonly validFrom: Instant;
  readonly validTo: Instant;
}

type Told = Pick<ConfigProblem, "code" | "message">;

/**
 * Reads the files of `listen.tls`. A certificate out of its time is a problem only where `sources.now` is told: a check
 * finds it, and a gateway that is started again goes on serving the clients that put up with it.
 */
export function findTls(
  yaml: WrittenYaml,
  sources: SecretSources,
): { readonly problems: readonly ConfigProblem[]; readonly tls: ListenerTls | undefined } {
  const paths = { cert: ["listen", "tls", "cert"], key: ["listen", "tls", "key"] } as const;
  const written = { cert: valueAt(yaml.plain, paths.cert), key: valueAt(yaml.plain, paths.key) };
  // What is no text is told by the schema.
  if (typeof written.cert !== "string" || typeof written.key !== "string") return { problems: [], tls: undefined };
  const at = (path: ConfigPath, told: Told) => ({ ...told, path: pathText(path), ...yaml.locate(path, "value") });
  const cert = readFile(written.cert, sources, parseCertificate);
  const key = readFile(written.key, sources, parseKey);
  if (!cert.ok || !key.ok) {
    const problems = [...(cert.ok ? [] : [at(paths.cert, cert.error)]), ...(key.ok ? [] : [at(paths.key, key.error)])];
    return { problems, tls: undefined };
  }
  const tls = {
    cert: cert.value.text,
    key: new Secret(key.value.text),
    validFrom: instant(Date.parse(cert.value.parsed.validFrom)),
    validTo: instant(Date.parse(cert.value.parsed.validTo)),
  };
  if (!cert.value.parsed.checkPrivateKey(key.value.parsed)) {
    const message = "is the key of another certificate than listen.tls.cert";
    return { problems: [at(paths.key, { code: "wrong_private_key", message })], tls: undefined };
  }
  const told = sources.now === undefined ? undefined : outOfTime(tls, sources.now);
  return { problems: told === undefined ? [] : [at(paths.cert, told)], tls };
}

function outOfTime({ validFrom, validTo }: ListenerTls, now: Instant): Told | undefined {
  if (now < validFrom)
    return {
      code: "certificate_not_yet_valid",
      message: `the certificate is not valid before ${timestamp(validFrom)}`,
    };
  if (now < validTo) return undefined;
  return {
    code: "certificate_expired",
    message: `the certificate expired on ${timestamp(validTo)}; renew it, the files are read again when they change`,
  };
}

function readFile<Parsed>(
  path: string,
  { readSecretFile }: SecretSources,
  parse: (text: string) => Result<Parsed, Told>,
): Result<{ readonly text: string; readonly parsed: Parsed }, Told> {
  const text = readSecretFile(path);
  if (text === undefined || text.trim() === "")
    return err({ code: "missing_file", message: `the file ${path} cannot be read or is empty` });
  const parsed = parse(text);
  return parsed.ok ? ok({ text, parsed: parsed.value }) : parsed;
}

// Node throws at what it cannot read, and says why in OpenSSL's words, which may quote the file.
function parseCertificate(text: string): Result<X509Certificate, Told> {
  try {
    return ok(new X509Certificate(text));
  } catch {
    return err({ code: "invalid_certificate", message: "the file holds no certificate in PEM" });
  }
}

function parseKey(text: string): Result<KeyObject, Told> {
  try {
    return ok(createPrivateKey(text));
  } catch {
    const message = "the file holds no private key in PEM, or one that has a passphrase";
    return err({ code: "invalid_private_key", message });
  }
}

function timestamp(at: Instant): string {
  return new Date(at).toISOString();
}
