import { type Dialect, type SpanKind } from "../dialect.ts";
import { stepKinds } from "#inference";

const kinds: Record<string, SpanKind> = Object.fromEntries(stepKinds.map((kind) => [kind, kind]));

/** Our own words, which say more than any other and come before them. */
export const tare: Dialect = {
  name: "tare",
  kinds: [{ key: "tare.kind", kinds: { ...kinds, group: "group" } }],
  counts: {},
  facts: {
    operation: ["tare.kind"],
    call: ["tare.call", "http.response.header.x-tare-call"],
    interaction: ["tare.interaction"],
    cost: [],
    title: ["tare.name"],
  },
  dimensions: {
    feature: ["tare.feature"],
    team: ["tare.team"],
    customer: ["tare.customer"],
    user: ["tare.user"],
    environment: ["tare.environment"],
    session: ["tare.session"],
  },
  tags: ["tare.tag."],
};
