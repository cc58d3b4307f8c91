import { type TelemetrySettings } from "#telemetry";
import { Secret } from "#units";

export interface SealedTelemetry extends Omit<TelemetrySettings, "headers"> {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

export function sealTelemetry({ headers, ...settings }: TelemetrySettings): SealedTelemetry {
  return { ...settings, headers: headers.map(({ name, value }) => ({ name, value: value.reveal() })) };
}

export function openTelemetry({ headers, ...settings }: SealedTelemetry): TelemetrySettings {
  return { ...settings, headers: headers.map(({ name, value }) => ({ name, value: new Secret(value) })) };
}
