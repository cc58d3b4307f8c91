/** Facts by name; never content, never a secret. */
export type ControlLog = (
  level: "error" | "warn" | "info",
  event: string,
  facts?: Readonly<Record<string, string | number | boolean | undefined>>,
) => void;
