import { type Dimension } from "#events";

/** Spans as a client sent them, with what its key says of it. Nothing of the body is read here. */
export interface SentTraces {
  readonly tenant: string;
  /** Id of the key. */
  readonly key: string;
  readonly pins: { readonly [Name in Dimension]?: string | undefined };
  readonly mediaType: string | undefined;
  readonly encoding: string | undefined;
  readonly body: Buffer;
}

export interface TracesReply {
  readonly status: number;
  readonly mediaType: string;
  readonly body: Buffer;
}

/** The way to the office, which reads and books spans. Undefined while it is away: nothing was booked then. */
export interface TracesPort {
  send(traces: SentTraces): Promise<TracesReply | undefined>;
}
