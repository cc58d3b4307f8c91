import { describe, expect, it } from "vitest";
import { readSorting, writeSorting } from "./sorting.ts";

describe("how tables are sorted", () => {
  it("is read as it was written, each table by itself", () => {
    const one = writeSorting(undefined, "All features", { column: "calls", isDescending: true });
    expect(one).toBe("all-features.calls.desc");
    const both = writeSorting(one, "Latency, by p95.", { column: "burn 5m", isDescending: false });
    expect(readSorting(both, "All features")).toEqual({ column: "calls", isDescending: true });
    expect(readSorting(both, "Latency, by p95.")).toEqual({ column: "burn 5m", isDescending: false });
    expect(writeSorting(both, "All features", undefined)).toBe("latency-by-p95.burn 5m.asc");
  });

  it("is none where nothing or nonsense is said", () => {
    for (const text of [undefined, "", "x", ",,", "all-features", "all-features..desc"])
      expect(readSorting(text, "All features")).toBeUndefined();
  });
});
