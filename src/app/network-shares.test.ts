import { expect, it } from "vitest";
import { type Network, realWorld } from "#world";
import { NetworkShares } from "./network-shares.ts";

it("lets each name its own origins, and takes none away from the others", () => {
  let allowed: readonly string[] = [];
  const real = realWorld();
  const network: Network = { ...real.network, allow: (origins) => void (allowed = origins) };
  const shares = new NetworkShares({ ...real, network });
  const [webhook, collector] = [shares.share(), shares.share()];
  webhook.network.allow(["https://hooks.example"]);
  collector.network.allow(["https://collector.example"]);
  expect(allowed).toEqual(["https://hooks.example", "https://collector.example"]);
  webhook.network.allow([]);
  expect(allowed).toEqual(["https://collector.example"]);
  collector.network.allow(["https://other.example"]);
  expect(allowed).toEqual(["https://other.example"]);
});
