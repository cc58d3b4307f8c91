import { expect, it } from "vitest";
import { type Slo } from "#contract";
import { promiseMetrics } from "#control";
import { renderMetrics } from "./metrics-text.ts";

const slo: Slo = {
  name: "support answers",
  of: { dimension: "route", value: "support" },
  measure: "answered",
  promises: "99.9 % answered",
  over_days: 30,
  target: 0.999,
  total: 1000,
  good: 990,
  budget_left: -9,
  burn: { "5m": 100, "1h": 14.4, "6h": undefined, "3d": 2 },
  burning: "fast",
};

it("says of each SLO what is left, how fast it goes, and whether that is too fast; nothing of a window without a call", () => {
  const text = renderMetrics(
    promiseMetrics({ slos: [slo, { ...slo, name: "new", budget_left: undefined, burning: undefined }], targets: [] }),
  );
  expect(text).toContain('tare_slo_budget_left{slo="support answers"} -9\n');
  expect(text).not.toContain('tare_slo_budget_left{slo="new"}');
  expect(text).toContain('tare_slo_burn_rate{slo="support answers",window="1h"} 14.4\n');
  expect(text).not.toContain('window="6h"');
  expect(text).toContain('tare_slo_burning{slo="support answers",speed="fast"} 1\n');
  expect(text).toContain('tare_slo_burning{slo="support answers",speed="slow"} 0\n');
  expect(text).toContain('tare_slo_burning{slo="new",speed="fast"} 0\n');
});
