/** Steps and unit costs of the mock ledger: what the analytics makes of entries, small and without SQL. */
import type { Entry, InteractionPage, StepRow, UnitCosts, UnitRows } from "#contract";

export function mockSteps(entries: readonly Entry[]): StepRow[] {
  const calls = Map.groupBy(entries, (entry) => entry.call);
  return [...calls].flatMap(([call, own]) => {
    const last = own.at(-1);
    if (last === undefined) return [];
    const nanos = sum(own).toString();
    return [
      {
        id: call,
        depth: 0,
        name: last.target,
        kind: last.kind,
        purpose: last.purpose,
        layer: last.layer,
        state: last.state,
        at: own[0]?.incurred_at ?? last.incurred_at,
        ...(last.duration_ms === undefined ? {} : { duration_ms: last.duration_ms }),
        provider: last.provider,
        model: last.model,
        call,
        nanos,
        total_nanos: nanos,
        estimated_nanos: "0",
        in_doubt_nanos: "0",
        unpriced: own.filter((entry) => entry.cost_type === "unpriced").length,
      },
    ];
  });
}

function timeOf(entries: readonly Entry[]) {
  const told = entries.map((entry) => entry.duration_ms).filter((ms) => ms !== undefined);
  return told.length === 0 ? {} : { duration_ms: told.reduce((all, ms) => all + ms, 0) };
}

export function mockInteractions(entries: readonly Entry[], limit: number): InteractionPage {
  const groups = [...Map.groupBy(entries, (entry) => entry.interaction)].slice(-limit).toReversed();
  return {
    rows: groups.map(([interaction, own]) => {
      const costs = mockUnitCosts(own);
      const [first] = own;
      return {
        interaction,
        tenant: first?.tenant ?? "default",
        from: first?.incurred_at ?? new Date(0).toISOString(),
        ...timeOf(own),
        feature: first?.feature ?? "(none)",
        customer: first?.customer ?? "(none)",
        user: first?.user ?? "(none)",
        calls: costs.calls,
        steps: 0,
        gross_nanos: costs.gross_nanos,
        net_nanos: costs.net_nanos,
        tare_nanos: costs.tare_nanos,
        estimated_nanos: costs.estimated_nanos,
        in_doubt_nanos: "0",
        unpriced: costs.unpriced,
        outcomes: interaction.endsWith("a") ? ["resolved"] : [],
        failed_outcomes: [],
      };
    }),
  };
}

export function mockUnits(entries: readonly Entry[], by: "customer" | undefined): UnitRows {
  const groups = by === undefined ? [] : [...Map.groupBy(entries, (entry) => entry[by])];
  return {
    rows: groups.map(([value, own]) => ({ dimensions: { [by ?? ""]: value }, ...mockUnitCosts(own) })),
    is_cut: false,
    total: mockUnitCosts(entries),
    per: 1,
    currency: "USD",
  };
}

function sum(entries: readonly Entry[]): bigint {
  return entries.reduce((all, { nanos }) => all + BigInt(nanos ?? "0"), 0n);
}

function mockUnitCosts(entries: readonly Entry[]): UnitCosts {
  const [gross, net] = [sum(entries), sum(entries.filter((entry) => entry.is_net))];
  const interactions = new Set(entries.map((entry) => entry.interaction)).size;
  const calls = entries.filter((entry) => entry.call_end).length;
  const successes = Math.floor(interactions / 2);
  const value = BigInt(successes) * 50_000_000n;
  const per = (count: number) => (count === 0 ? {} : { nanos: (gross / BigInt(count)).toString() }).nanos;
  const [call, interaction, success] = [per(calls), per(interactions), per(successes)];
  return {
    gross_nanos: gross.toString(),
    net_nanos: net.toString(),
    tare_nanos: (gross - net).toString(),
    estimated_nanos: "0",
    unpriced: entries.filter((entry) => entry.cost_type === "unpriced").length,
    calls,
    steps: 0,
    interactions,
    users: 0,
    sessions: 0,
    outcomes: successes,
    successes,
    valued: successes,
    tokens_in: 0,
    tokens_out: 0,
    value_nanos: value.toString(),
    margin_nanos: (value - gross).toString(),
    ...(call === undefined ? {} : { per_call_nanos: call }),
    ...(interaction === undefined ? {} : { per_interaction_nanos: interaction }),
    ...(success === undefined ? {} : { per_outcome_nanos: success, per_success_nanos: success }),
  };
}
