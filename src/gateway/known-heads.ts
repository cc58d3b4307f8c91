import { type HttpRequest } from "#http";
import { type Provider } from "#routing";
import { Secret } from "#units";

type RequestHead = NonNullable<HttpRequest["repeats"]>;

/** Headers as they go to a provider, with its key. */
export interface SentHeaders {
  readonly headers: readonly string[];
  /** The same, encoded. */
  readonly lines: string;
}

interface Kept {
  readonly provider: Provider;
  readonly key: Secret;
  readonly headers: readonly string[];
  readonly lines: Secret;
}

/**
 * What follows from the head of a request alone, for clients that send the same one again on their connection. Nothing here comes from
 * headers that vary from call to call, and it is gone with its connection.
 */
export class KnownHeads {
  readonly #digests = new WeakMap<RequestHead, string>();
  readonly #sent = new WeakMap<RequestHead, Kept>();

  /** Of the client's key. */
  digestOf(head: RequestHead | undefined): string | undefined {
    return head === undefined ? undefined : this.#digests.get(head);
  }

  keepDigest(head: RequestHead | undefined, digest: string): void {
    if (head !== undefined) this.#digests.set(head, digest);
  }

  /** As they were sent to this provider with this key; undefined when that was not what was sent last. */
  sentTo(head: RequestHead | undefined, provider: Provider, key: Secret): SentHeaders | undefined {
    const kept = head === undefined ? undefined : this.#sent.get(head);
    if (kept?.provider !== provider || kept.key !== key) return undefined;
    return { headers: kept.headers, lines: kept.lines.reveal() };
  }

  keepSent(head: RequestHead, { headers, lines }: SentHeaders, to: Pick<Kept, "provider" | "key">): void {
    this.#sent.set(head, { ...to, headers, lines: new Secret(lines) });
  }
}
