/** The rooms as they are. */
import { BudgetTable, EmbeddedAuthority, JournalFold, Residuals, ThreadBudgets } from "#budget";
import { JournalWriter, listSegments, readSegment, sealAbandoned } from "#journal";
import { Ledger } from "#ledger";
import { AnswerClaims } from "../src/app/answer-claims.ts";
import { AnswerGrants } from "../src/app/answer-grants.ts";
import { GatewayBudgets } from "../src/app/gateway-budgets.ts";
import { type Room } from "./room.ts";

export const production: Room = {
  BudgetTable,
  EmbeddedAuthority,
  JournalFold,
  Residuals,
  ThreadBudgets,
  JournalWriter,
  listSegments,
  readSegment,
  sealAbandoned,
  Ledger,
  GatewayBudgets,
  AnswerClaims,
  AnswerGrants,
};
