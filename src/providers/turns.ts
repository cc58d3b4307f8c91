import { type Part, type Turn } from "#inference";

/** Adds a turn. What the same side says next belongs to the same turn, so that results of parallel calls stand together. */
export function appendTurn(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  if (turn.parts.length === 0) return;
  if (last?.role !== turn.role) turns.push(turn);
  else turns[turns.length - 1] = { role: turn.role, parts: [...last.parts, ...turn.parts] };
}

/** Gives each result the name of the tool that was called, which only some formats repeat. */
export function nameToolResults(turns: readonly Turn[]): readonly Turn[] {
  const names = new Map<string, string>();
  return turns.map((turn) => {
    for (const part of turn.parts) if (part.type === "tool-call") names.set(part.id, part.name);
    if (!turn.parts.some((part) => part.type === "tool-result")) return turn;
    return { role: turn.role, parts: turn.parts.map((part) => named(part, names)) };
  });
}

function named(part: Part, names: ReadonlyMap<string, string>): Part {
  return part.type === "tool-result" && part.name === undefined ? { ...part, name: names.get(part.id) } : part;
}
