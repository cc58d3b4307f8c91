import { describe, expect, it } from "vitest";
import { instant } from "#units";
import { describeAuthority } from "./authority.contract.ts";
import { type AuthorityPort } from "./authority.ts";
import { BudgetTable } from "./budget-table.ts";
import { EmbeddedAuthority } from "./embedded-authority.ts";

const silent: AuthorityPort = { send: () => {}, reached: () => {} };

describeAuthority("embedded", (table, port) => new EmbeddedAuthority(table, port));

describeAuthority("embedded, restored from the checkpoint of a fresh one", (table, port) =>
  EmbeddedAuthority.restore(new EmbeddedAuthority(table, silent).checkpoint(), table, port),
);

describe("a checkpoint", () => {
  it("brings back all sums, with every slice taken until its journal was read", () => {
    const table = new BudgetTable([], 1);
    const account = { key: "gone||total", budget: "gone", value: "", from: instant(0), to: instant(8.64e15) };
    const authority = new EmbeddedAuthority(table, silent);
    authority.join("a");
    const needs = [{ account, amount: 10n }];
    const name = { ticket: 1, number: 1 };
    const ask = { type: "ask", name, holder: "a", urgency: "now", needs, reports: [], openFrom: 0 } as const;
    authority.receive([ask], instant(5));
    const restored = EmbeddedAuthority.restore(authority.checkpoint(), table, silent);
    expect(restored.status()).toEqual(authority.status());
    expect(JSON.parse(restored.checkpoint())).toEqual(JSON.parse(authority.checkpoint()));
  });
});
