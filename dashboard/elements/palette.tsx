import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState } from "react";
import { carry, writeAddress } from "../address/address.ts";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { spendQuery } from "../api/questions.ts";
import { pathOf, type Place } from "./go.tsx";
import { type Found, findPlaces } from "./find-places.ts";
import styles from "./palette.module.css";

interface PaletteFacts {
  readonly pages: readonly { readonly place: Place; readonly says: string }[];
}

/** Finds any page, feature, model, team, call or interaction. Ctrl K or ⌘ K opens it from anywhere. */
export function Palette({ pages }: PaletteFacts) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = () => {
    setOpen(true);
    if (dialog.current?.open === false) dialog.current.showModal();
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      if (dialog.current?.open === true) dialog.current.close();
      else open();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  return (
    <>
      <button type="button" className={styles.opener} onClick={open}>
        Find <kbd>{isMac ? "⌘ K" : "Ctrl K"}</kbd>
      </button>
      <dialog
        ref={dialog}
        className={styles.dialog}
        aria-label="Find a page, feature, model, team, call or interaction"
        onClose={() => setOpen(false)}
        onClick={(event) => event.target === dialog.current && dialog.current.close()}
      >
        {isOpen && <Finder pages={pages} onDone={() => dialog.current?.close()} />}
      </dialog>
    </>
  );
}

function Finder({ pages, onDone }: PaletteFacts & { onDone: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const address = useAddress();
  const navigate = useNavigate();
  const names = useNames();
  const id = useId();
  const found = findPlaces(text, { pages, names });
  const go = ({ place }: Found) => {
    void navigate({ to: pathOf(place), search: writeAddress(carry(address)) });
    onDone();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const move = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const row = found[chosen];
    if (move !== 0 && found.length > 0) {
      event.preventDefault();
      setChosen((chosen + move + found.length) % found.length);
    } else if (event.key === "Enter" && row !== undefined) go(row);
  };
  return (
    <>
      <input
        autoFocus
        className={styles.field}
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        aria-label="Find"
        placeholder="A page, feature, model, team, or the id of a call or interaction"
        value={text}
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={id} role="listbox" aria-label="Found" className={styles.list}>
        {found.map((row, index) => (
          <li
            key={pathOf(row.place)}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onPointerMove={() => setChosen(index)}
            onClick={() => go(row)}
          >
            <span>{row.says}</span>
            <em>{row.kind}</em>
          </li>
        ))}
      </ul>
      {found.length === 0 && (
        <p className={styles.none}>Nothing by that name in this range. Ids are found when they are complete.</p>
      )}
    </>
  );
}

function useNames() {
  const { client, status } = useConnection();
  const { from, to } = usePeriod();
  const [span] = useState({ from: from - (to - from), to });
  const ask = (by: string) =>
    spendQuery(client, { by: [by], ...span, timezone: status.timezone, filters: {}, limit: 500 });
  const features = useQuery(ask("feature")).data;
  const models = useQuery(ask("model")).data;
  const teams = useQuery(ask("team")).data;
  const valuesOf = (answer: typeof features, name: string) =>
    (answer?.rows ?? []).map((row) => row.dimensions[name] ?? "");
  return {
    feature: valuesOf(features, "feature"),
    model: valuesOf(models, "model"),
    team: valuesOf(teams, "team"),
  };
}
