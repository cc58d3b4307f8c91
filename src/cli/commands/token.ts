import { CreatedToken, type Token, TokenPage } from "#contract";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { printRows } from "../list-options.ts";
import { readExpiry } from "../read-expiry.ts";
import { type Column, table } from "../table.ts";
import { printable, usageProblem } from "../terminal.ts";

const TOKENS_MAX = 10_000;
const json = { says: "The answer as JSON." } as const;

const createCommand: Command = {
  name: "token create",
  summary: "Makes a token of the control API for a person or a program. Its secret is printed once and never again.",
  options: {
    role: { takes: "ROLE", says: "viewer: look; finance: and look after money; admin: and after everything." },
    expires: { takes: "WHEN", says: "30d, 12h, or a time such as 2027-01-31T00:00:00Z." },
    json,
    ...serverOptions,
  },
  operands: ["NAME"],
  async run(asked) {
    const { given, terminal, world } = asked;
    const expires = readExpiry(given.one("expires"), world.clock.now());
    if (!expires.ok) return usageProblem(terminal, expires.error);
    const body = { name: given.operands[0], role: given.one("role") ?? "viewer", ...expires.value };
    return askServer(
      asked,
      (client) => client.post("/api/v1/tokens", body, CreatedToken),
      (created) => {
        if (given.has("json")) return terminal.out(`${JSON.stringify(created, null, 2)}\n`);
        const { name, role } = created.token;
        terminal.error(printable(`${name} (${role}). The secret is shown this once:`) + "\n");
        terminal.out(`${created.secret}\n`);
      },
    );
  },
};

const listCommand: Command = {
  name: "token list",
  summary: "Tokens with their roles; never their secrets.",
  options: { json, ...serverOptions },
  operands: [],
  async run(asked) {
    return askServer(
      asked,
      (client) => client.pages("/api/v1/tokens", { query: [["limit", "500"]], schema: TokenPage, most: TOKENS_MAX }),
      (listed) => printRows(asked, listed, (rows) => table(columns, rows)),
    );
  },
};

const revokeCommand: Command = {
  name: "token revoke",
  summary: "Ends a token at once, and every session that was opened with it.",
  options: serverOptions,
  operands: ["NAME"],
  async run(asked) {
    const { given, terminal } = asked;
    const [name = ""] = given.operands;
    return askServer(
      asked,
      (client) => client.remove(`/api/v1/tokens/${encodeURIComponent(name)}`),
      () => terminal.out(printable(`${name} is revoked`) + "\n"),
    );
  },
};

export const tokenCommands: readonly Command[] = [createCommand, listCommand, revokeCommand];

const columns: readonly Column<Token>[] = [
  { title: "name", text: ({ name }) => name },
  { title: "role", text: ({ role }) => role },
  { title: "created", text: ({ created_at }) => created_at },
  { title: "expires", text: ({ expires_at }) => expires_at ?? "" },
];
