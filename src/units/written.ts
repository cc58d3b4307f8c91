/** Quantities as people write them in the configuration; each is exact, and a bare number is never one of them. */
import { z } from "zod";
import { parseMoney } from "./money.ts";

const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SAYS_DURATION = "write a duration: a whole number with ms, s, m, h or d, such as 50ms or 2s";

/** `2s`, `50ms`, `10m` to milliseconds. */
export const DurationText = z
  .string({ error: SAYS_DURATION })
  .regex(DURATION, SAYS_DURATION)
  .meta({ title: "duration" })
  .transform((text) => scaled(text, DURATION, DURATION_MS));

const SIZE = /^(\d{1,9})(B|KiB|MiB|GiB|TiB)$/;
const SIZE_BYTES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;
const SAYS_SIZE = "write a size: a whole number with B, KiB, MiB, GiB or TiB, such as 512MiB";

/** `512MiB` to bytes. */
export const SizeText = z
  .string({ error: SAYS_SIZE })
  .regex(SIZE, SAYS_SIZE)
  .meta({ title: "size" })
  .transform((text) => scaled(text, SIZE, SIZE_BYTES));

const MONEY = /^\d{1,12}(\.\d{1,9})? USD$/;
const SAYS_MONEY = "write money: a decimal with at most nine places, a space and USD, such as 0.50 USD";

/** `0.50 USD` to exact money. */
export const MoneyText = z
  .string({ error: SAYS_MONEY })
  .regex(MONEY, SAYS_MONEY)
  .meta({ title: "money" })
  .transform((text, context) => {
    const parsed = parseMoney(text.slice(0, -" USD".length));
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: "custom", message: SAYS_MONEY });
    return z.NEVER;
  });

const SECRET = /^(?:\$\{([A-Za-z_][A-Za-z0-9_]*)\}|file:(\S.*)|((?!file:|\$\{)[\x21-\x7e]{1,512}))$/;
const SAYS_SECRET = "write ${NAME} for an environment variable or file:/path for a file";

/** Where a secret is found. One that stands in the configuration itself works, and is warned of. */
export type SecretReference =
  | { readonly type: "environment"; readonly name: string }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "in-clear"; readonly text: string };

/** `${NAME}`, `file:/path`, or the secret itself. */
export const SecretText = z
  .string({ error: SAYS_SECRET })
  .regex(SECRET, SAYS_SECRET)
  .meta({ title: "secret reference" })
  .transform((text): SecretReference => {
    const [, name, path, clear = ""] = SECRET.exec(text) ?? [];
    if (name !== undefined) return { type: "environment", name };
    return path === undefined ? { type: "in-clear", text: clear } : { type: "file", path };
  });

const SETTING = /^(?:\$\{([A-Za-z_][A-Za-z0-9_]*)\}|((?!file:|\$\{)[\x21-\x7e]{1,2048}))$/;
const SAYS_SETTING = "write the value itself, or ${NAME} for an environment variable that holds it";

/** A value that is no secret, or `${NAME}`: what a cloud tells a container of itself in its environment. */
export const SettingText = z
  .string({ error: SAYS_SETTING })
  .regex(SETTING, SAYS_SETTING)
  .meta({ title: "text or `${NAME}`" })
  .transform((text): SecretReference => {
    const [, name, clear = ""] = SETTING.exec(text) ?? [];
    return name === undefined ? { type: "in-clear", text: clear } : { type: "environment", name };
  });

function scaled(text: string, pattern: RegExp, factors: Readonly<Record<string, number>>): number {
  const [, count = "", unit = ""] = pattern.exec(text) ?? [];
  return Number(count) * (factors[unit] ?? Number.NaN);
}
