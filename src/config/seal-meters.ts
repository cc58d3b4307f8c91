import { type MeterSettings } from "#meters";
import { Secret } from "#units";

interface SealedExporter extends Omit<MeterSettings["exporters"][number], "authorization"> {
  readonly authorization: string | undefined;
}

export interface SealedMeter extends Omit<MeterSettings, "exporters"> {
  readonly exporters: readonly SealedExporter[];
}

export function sealMeter({ exporters, ...meter }: MeterSettings): SealedMeter {
  return {
    ...meter,
    exporters: exporters.map(({ authorization, ...each }) => ({ ...each, authorization: authorization?.reveal() })),
  };
}

export function openMeter({ exporters, ...meter }: SealedMeter): MeterSettings {
  return {
    ...meter,
    exporters: exporters.map(({ authorization, ...each }) => ({
      ...each,
      authorization: authorization === undefined ? undefined : new Secret(authorization),
    })),
  };
}
