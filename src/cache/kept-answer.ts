import { type Usage } from "#inference";
import { type Money } from "#units";

/** A complete, successful answer as the client had it. */
export interface KeptAnswer {
  readonly status: number;
  /** Flat headers of the answer that describe its body. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly isStream: boolean;
  /** Who made it. */
  readonly provider: string;
  readonly model: string;
  readonly servedModel: string | undefined;
  readonly region: string | undefined;
  readonly usage: Usage | undefined;
  /** What making it cost, and so what each further use avoids; undefined where that is not known exactly. */
  readonly cost: Money | undefined;
  /** By what it may be forgotten. */
  readonly tenant: string;
  readonly feature: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Which answers to forget: those for which everything that is said holds. */
export interface Forgetting {
  readonly tenant?: string | undefined;
  readonly feature?: string | undefined;
  /** `name=value`. */
  readonly tag?: string | undefined;
}

export function isMeant(answer: Omit<KeptAnswer, "body">, { tenant, feature, tag }: Forgetting): boolean {
  if (tenant !== undefined && answer.tenant !== tenant) return false;
  if (feature !== undefined && answer.feature !== feature) return false;
  if (tag === undefined) return true;
  const mark = tag.indexOf("=");
  const name = mark === -1 ? tag : tag.slice(0, mark);
  if (!Object.hasOwn(answer.tags, name)) return false;
  return mark === -1 || answer.tags[name] === tag.slice(mark + 1);
}
