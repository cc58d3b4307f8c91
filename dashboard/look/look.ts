/** Light, dark, or what the system says. A person's choice is kept in this browser only. */
export const looks = ["system", "light", "dark"] as const;
export type Look = (typeof looks)[number];

const STORED_AS = "tare.look";

export function storedLook(): Look {
  const stored = readStored();
  return looks.find((look) => look === stored) ?? "system";
}

export function applyLook(look: Look): void {
  if (look === "system") delete document.documentElement.dataset["look"];
  else document.documentElement.dataset["look"] = look;
}

export function keepLook(look: Look): void {
  applyLook(look);
  try {
    localStorage.setItem(STORED_AS, look);
  } catch {
    // A browser that keeps nothing for this page still shows the choice until it is closed.
  }
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}
