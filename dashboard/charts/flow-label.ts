/** How wide a letter is at most in the mean, in the units of the picture: names are of all kinds, and fonts differ. */
const LETTER = 6.4;

interface LabelRoom {
  readonly name: string;
  /** Empty where it stands elsewhere. */
  readonly amount: string;
  /** From where the name begins to the next bar, or to the edge of the picture. */
  readonly room: number;
}

/** The name as far as there is room for it before its amount, cut in its middle: the ends of two names differ oftener. */
export function flowLabel({ name, amount, room }: LabelRoom): string {
  const letters = Math.max(8, Math.floor(room / LETTER) - (amount === "" ? 0 : amount.length + 1));
  if (name.length <= letters) return name;
  const head = Math.ceil((letters - 1) * 0.6);
  return `${name.slice(0, head).trimEnd()}…${name.slice(name.length - (letters - 1 - head)).trimStart()}`;
}
