import { type Gateway } from "#gateway";

type GatewayMetrics = ReturnType<Gateway["metrics"]>;

/** What a thread that is gone leaves: what it counted, and nothing of what it held. */
export function metricsOfTheDead(last: GatewayMetrics): GatewayMetrics {
  const cache = { answers: 0, bytes: 0, diskAnswers: 0, diskBytes: 0 };
  return { ...last, callsRunning: 0, heldBytes: 0, targets: [], cache };
}
