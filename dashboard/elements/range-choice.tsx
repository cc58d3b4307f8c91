import { useState } from "react";
import { isPresetName, type PresetName, presets, type TimeRange } from "../address/time-range.ts";
import { useAddress, useChangeAddress, usePeriod, useRange } from "../address/use-address.ts";
import { createZone } from "../address/zone.ts";
import { useConnection } from "../api/connection.tsx";
import { type Moments } from "../format/moment.ts";
import { Button } from "./button.tsx";
import { Dropdown, dropdownStyles as styles } from "./dropdown.tsx";
import { TextField } from "./field.tsx";

/** The one time range of all pages, and whether the period before it is compared. */
export function RangeChoice() {
  const range = useRange();
  const address = useAddress();
  const change = useChangeAddress();
  const { moments } = useConnection();
  const choose = (next: TimeRange) =>
    change({ ...address, range: next, page: { ...address.page, cursor: "", latest: "" } });
  return (
    <Dropdown label={sayRange(range, moments)} name="Time range">
      {(close) => (
        <>
          {Object.keys(presets)
            .filter(isPresetName)
            .map((preset) => (
              <button
                key={preset}
                type="button"
                className={styles.item}
                aria-current={range.type === "last" && range.preset === preset}
                onClick={() => {
                  choose({ type: "last", preset });
                  close();
                }}
              >
                <span>{sayPreset(preset)}</span>
              </button>
            ))}
          <hr className={styles.rule} />
          <label className={styles.item}>
            <input
              type="checkbox"
              checked={address.isCompared}
              onChange={(event) => change({ ...address, isCompared: event.target.checked })}
            />
            <span>Compare with the period before</span>
          </label>
          <hr className={styles.rule} />
          <BetweenForm
            onChoose={(next) => {
              choose(next);
              close();
            }}
          />
        </>
      )}
    </Dropdown>
  );
}

function sayRange(range: TimeRange, moments: Moments): string {
  if (range.type === "last") return sayPreset(range.preset);
  return `${moments.minute(range.from)} – ${moments.minute(range.to)}`;
}

function sayPreset(preset: PresetName): string {
  return `Last ${presets[preset].says}`;
}

function BetweenForm({ onChoose }: { onChoose: (range: TimeRange) => void }) {
  const { status } = useConnection();
  const period = usePeriod();
  const zone = createZone(status.timezone);
  const [from, setFrom] = useState(toField(zone.wallOf(period.from)));
  const [to, setTo] = useState(toField(zone.wallOf(period.to)));
  const range = { from: fromField(from, zone.instantOf), to: fromField(to, zone.instantOf) };
  const isValid = range.from !== undefined && range.to !== undefined && range.from < range.to;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid && range.from !== undefined && range.to !== undefined)
          onChoose({ type: "between", from: range.from, to: range.to });
      }}
    >
      <label className={styles.field}>
        From, {status.timezone}
        <TextField type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label className={styles.field}>
        To, {status.timezone}
        <TextField type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <div className={styles.foot}>
        <Button type="submit" disabled={!isValid}>
          Use these times
        </Button>
      </div>
    </form>
  );
}

type Wall = ReturnType<ReturnType<typeof createZone>["wallOf"]>;

function toField({ year, month, day, hour, minute }: Wall): string {
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

function fromField(text: string, instantOf: (wall: Wall) => number): number | undefined {
  const [year, month, day, hour, minute] = text.split(/[-T:]/).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const instant = instantOf({ year, month, day, hour: hour ?? 0, minute: minute ?? 0 });
  return Number.isFinite(instant) ? instant : undefined;
}

function two(value: number): string {
  return value.toString().padStart(2, "0");
}
