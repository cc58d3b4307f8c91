import type * as answerClaims from "../src/app/answer-claims.ts";
import type * as answerGrants from "../src/app/answer-grants.ts";
import type * as gatewayBudgets from "../src/app/gateway-budgets.ts";
import type * as budget from "#budget";
import type * as journal from "#journal";
import type * as ledger from "#ledger";

export type Hold = Parameters<budget.ThreadBudgets["settle"]>[0];
export type Admission = ReturnType<budget.ThreadBudgets["admit"]>;

/** What is simulated: the production rooms, or copies of them with one bug put in. */
export type Room = Pick<
  typeof budget,
  "BudgetTable" | "EmbeddedAuthority" | "JournalFold" | "Residuals" | "ThreadBudgets"
> &
  Pick<typeof journal, "JournalWriter" | "listSegments" | "readSegment" | "sealAbandoned"> &
  Pick<typeof ledger, "Ledger"> &
  Pick<typeof gatewayBudgets, "GatewayBudgets"> &
  Pick<typeof answerClaims, "AnswerClaims"> &
  Pick<typeof answerGrants, "AnswerGrants">;
