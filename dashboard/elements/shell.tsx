import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { PeriodProvider, useMovingPeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { Go, type Place } from "./go.tsx";
import { LookChoice } from "./look-choice.tsx";
import { Notices } from "./notices.tsx";
import { Palette } from "./palette.tsx";
import styles from "./shell.module.css";
import { SignOut } from "./sign-out.tsx";

interface ListedPage {
  readonly place: Place;
  readonly says: string;
  readonly under: readonly string[];
  readonly isForAdmins?: boolean;
}

const allPages: readonly ListedPage[] = [
  { place: { page: "overview" }, says: "Overview", under: ["models", "teams", "users"] },
  { place: { page: "features" }, says: "Features", under: [] },
  { place: { page: "customers" }, says: "Customers", under: [] },
  { place: { page: "interactions" }, says: "Interactions", under: [] },
  { place: { page: "calls" }, says: "Calls", under: [] },
  { place: { page: "money" }, says: "Where the money goes", under: [] },
  { place: { page: "statements" }, says: "Statements", under: [] },
  { place: { page: "bills" }, says: "Bills", under: [] },
  { place: { page: "reconciliation" }, says: "Reconciliation", under: [] },
  { place: { page: "budgets" }, says: "Budgets & alerts", under: [] },
  { place: { page: "slos" }, says: "SLOs", under: [] },
  { place: { page: "providers" }, says: "Providers & routes", under: [] },
  { place: { page: "meters" }, says: "GPUs", under: [] },
  { place: { page: "prices" }, says: "Prices", under: [] },
  { place: { page: "keys" }, says: "Keys", under: [] },
  { place: { page: "access" }, says: "Access & audit", under: [], isForAdmins: true },
  { place: { page: "status" }, says: "Status", under: [] },
];

/** What stands around every page. */
export function Shell() {
  const period = useMovingPeriod();
  const { role } = useConnection().status;
  const pages = useMemo(() => allPages.filter(({ isForAdmins }) => isForAdmins !== true || role === "admin"), [role]);
  const path = useLocation({ select: ({ pathname }) => pathname });
  const here = path.split("/")[1] ?? "";
  useFocusOnPage(path);
  const { isOpen, setOpen, opener } = useMenu(path);
  return (
    <PeriodProvider value={period}>
      <a href="#main" className={styles.skip} onClick={skipToPage}>
        Skip to the page
      </a>
      <div className={styles.shell}>
        <header className={styles.side}>
          <div className={styles.top}>
            <Go to={{ page: "overview" }} className={styles.brand}>
              <Mark /> Tare
            </Go>
            <button
              ref={opener}
              type="button"
              className={styles.menu}
              aria-expanded={isOpen}
              aria-controls="pages"
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? "Close" : "Menu"}
            </button>
          </div>
          <div id="pages" className={isOpen ? styles.drawerOpen : styles.drawer}>
            <Palette pages={pages} />
            <nav aria-label="Pages">
              <ul className={styles.pages}>
                {pages.map(({ place, says, under }) => (
                  <li key={place.page}>
                    <Go to={place} aria-current={isHere(place.page, here, under) ? "page" : undefined}>
                      {says}
                    </Go>
                  </li>
                ))}
              </ul>
            </nav>
            <div className={styles.own}>
              <LookChoice />
              <SignOut />
            </div>
          </div>
        </header>
        <div className={styles.body}>
          <Notices />
          <Outlet />
        </div>
      </div>
    </PeriodProvider>
  );
}

/** The menu of a narrow screen: closed by going somewhere, and by Esc, which gives the focus back. */
function useMenu(path: string) {
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKey = (event: KeyboardEvent) => {
      // A dialog that was opened from the menu closes alone.
      if (event.key !== "Escape" || document.querySelector("dialog[open]") !== null) return;
      setOpen(false);
      opener.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isOpen]);
  return { isOpen, setOpen, opener };
}

function isHere(page: string, here: string, under: readonly string[]): boolean {
  return page === (here === "" ? "overview" : here) || under.includes(here);
}

/** The browser does not move the focus when a page changes without being loaded; readers would stay where they were. */
function useFocusOnPage(path: string): void {
  const last = useRef(path);
  useEffect(() => {
    if (last.current !== path) document.getElementById("main")?.focus({ preventScroll: true });
    last.current = path;
  }, [path]);
}

function skipToPage(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

export function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <rect x="1" y="3" width="18" height="4.5" rx="1.2" fill="var(--tare)" />
      <rect x="7" y="9" width="6" height="9" rx="1.2" fill="var(--net)" />
    </svg>
  );
}
