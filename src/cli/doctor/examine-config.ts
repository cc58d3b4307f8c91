import { type Config } from "#config";
import { fine, type Finding, warning } from "./finding.ts";

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** Settings that work and that somebody may regret. */
export function examineConfig({ listen, secretsInClear, providers, journal }: Config): readonly Finding[] {
  const findings = [
    ...secretsInClear.map((path) =>
      warning("secrets", `${path} stands in the file in clear; write \${NAME} or file:/path instead`),
    ),
    ...(LOOPBACK.test(listen.host) || listen.tls !== undefined
      ? []
      : [
          warning(
            "listeners",
            `${listen.host} is reached from other machines, without TLS; give listen.tls a certificate, or put a proxy in front`,
          ),
        ]),
    ...providers.filter(isInClear).map(({ name, origin }) => warning("providers", unencrypted(name, origin))),
    ...(journal.fsync === "never"
      ? [warning("journal", "`fsync: never` loses what the system had not written when the power goes")]
      : []),
  ];
  return findings.length === 0 ? [fine("settings", "nothing unsafe in the configuration")] : findings;
}

function unencrypted(name: string, origin: string): string {
  return `${name} is asked at ${origin} without TLS: prompts and its key can be read on the way`;
}

function isInClear({ origin }: { readonly origin: string }): boolean {
  const url = URL.parse(origin);
  return url?.protocol === "http:" && !LOOPBACK.test(url.hostname.replaceAll(/[[\]]/g, ""));
}
