import { type Part, type Prompt, type Turn } from "#inference";
import { type Loss } from "./prompt-fields.ts";

/** What a format has no field for, gathered while a prompt is written in it. Each field is told once. */
export class Losses {
  readonly #losses = new Map<string, Loss>();

  get all(): readonly Loss[] {
    return [...this.#losses.values()];
  }

  lose(field: string): void {
    this.#losses.set(field, { field, isHint: false });
  }

  /** For what may always be left out. */
  hint(field: string): void {
    if (!this.#losses.has(field)) this.#losses.set(field, { field, isHint: true });
  }

  /** Loses each of these fields that is given. */
  loseGiven(fields: Readonly<Record<string, unknown>>): void {
    for (const [field, value] of Object.entries(fields)) if (value !== undefined) this.lose(field);
  }

  /** A part of a turn that cannot be said there. */
  losePart(part: Part, where: string): undefined {
    this.lose(`${where}.${part.type === "media" ? part.kind : part.type}`);
    return undefined;
  }

  /** Marks on what a provider is to keep, for targets that decide that by themselves. */
  hintCache(part: Part): void {
    if ("cache" in part && part.cache !== undefined) this.hint("cache_control");
  }
}

/**
 * Turns for formats that refuse empty ones and a conversation in which no user speaks. An empty turn goes, which changes what is
 * answered only where it is the last; instructions alone are what is asked for.
 */
export function withUser(turns: readonly Turn[], losses: Losses): readonly Turn[] {
  const said = turns.flatMap((turn) => (turn.role === "user" ? withoutSilence(turn) : [turn]));
  const [only, ...others] = said;
  const isAlone = only?.role === "instructions" && others.length === 0;
  if (said.length < turns.length) tellSilence(losses, { isHint: isAlone || said.at(-1) === turns.at(-1) });
  if (!isAlone) return said;
  losses.hint("messages.system");
  return [{ role: "user", parts: only.parts }];
}

function withoutSilence(turn: Turn): readonly Turn[] {
  if (!turn.parts.some(isSilent)) return [turn];
  const parts = turn.parts.filter((part) => !isSilent(part));
  return parts.length === 0 ? [] : [{ role: turn.role, parts }];
}

function isSilent(part: Part): boolean {
  return part.type === "text" && part.text === "";
}

function tellSilence(losses: Losses, { isHint }: { readonly isHint: boolean }): void {
  if (isHint) losses.hint("messages.content");
  else losses.lose("messages.content");
}

/** Nobody says anything: there is nothing to be answered. */
export function isWordless({ turns }: Prompt): boolean {
  return turns.every(({ parts }) => parts.every(isSilent));
}

/** Where the last turn is one more turn, and not the beginning of the answer. */
export function losePrefill({ isBegun }: Prompt, losses: Losses): void {
  if (isBegun === true) losses.lose("messages.prefill");
}

const NAMES_MAX = 20;

/** What is said in a header of all that was lost. */
export function namesOf(losses: readonly Loss[]): readonly string[] {
  return [...new Set(losses.map(({ field }) => field.replaceAll(/\[\d+\]/g, "[]")))].slice(0, NAMES_MAX);
}
