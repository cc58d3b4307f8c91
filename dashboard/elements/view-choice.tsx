import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { Choice } from "./section.tsx";

const views = [
  ["team", "Teams"],
  ["feature", "Features"],
  ["customer", "Customers"],
] as const;
export type View = (typeof views)[number][0];

/** By whom the page tells costs: what stands in the URL, else by team. */
export function useView(): View {
  const { by } = useAddress().page;
  return views.find(([name]) => name === by)?.[0] ?? "team";
}

export function ViewChoice({ by }: { by: View }) {
  const address = useAddress();
  const change = useChangeAddress();
  return (
    <Choice
      label="By whom"
      options={views}
      chosen={by}
      onChoose={(name) => change({ ...address, page: { ...address.page, by: name } })}
    />
  );
}
