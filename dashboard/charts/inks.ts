/** The colours of the page as the canvas needs them: resolved, for the look that is on. */
export interface Inks {
  readonly net: string;
  readonly tare: string;
  readonly before: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly ground: string;
}

const names = {
  net: "--net",
  tare: "--tare",
  before: "--ink-2",
  text: "--ink",
  quiet: "--ink-3",
  line: "--line",
  ground: "--ground",
} as const;

export function readInks(within: HTMLElement): Inks {
  const probe = document.createElement("span");
  within.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const inks = {
    net: read(names.net),
    tare: read(names.tare),
    before: read(names.before),
    text: read(names.text),
    quiet: read(names.quiet),
    line: read(names.line),
    ground: read(names.ground),
  };
  probe.remove();
  return inks;
}

/** Calls back when the look changes, by the system or by the reader. */
export function watchInks(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const choice = new MutationObserver(changed);
  system.addEventListener("change", changed);
  choice.observe(document.documentElement, { attributes: true, attributeFilter: ["data-look"] });
  return () => {
    system.removeEventListener("change", changed);
    choice.disconnect();
  };
}
