import { hashText } from "#std";
import { type Parameters } from "./sql-text.ts";

/** Rows of one interaction. */
export function interactionSql(id: string, parameters: Parameters): string {
  return `interaction_hash = ${hashText(id)} AND interaction = ${parameters.add(id)}`;
}
