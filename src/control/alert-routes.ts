import { Alerts } from "#alerts";
import { type StoredAlert } from "#books";
import { Alert, AlertPage, AlertQuery } from "#contract";
import { err, ok } from "#std";
import { type Id, type Instant } from "#units";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type AlertSource } from "./sources.ts";
import { type ControlLog } from "./control-log.ts";

export function addAlertRoutes(routes: Routes, { alerts, log }: { alerts: AlertSource; log: ControlLog }): void {
  routes.add({
    method: "GET",
    path: "/api/v1/alerts",
    summary: "What was to be told, newest first, and what came of it.",
    query: AlertQuery,
    body: noBody,
    answer: AlertPage,
    run: async ({ query: { limit, cursor, state } }) => {
      const after = cursor === undefined ? undefined : alertId(cursor);
      if (cursor !== undefined && after === undefined) {
        const fields = [{ path: "cursor", detail: "Not one that we gave." }];
        return err({ code: "invalid_query", detail: "Some query parameters are wrong.", fields });
      }
      const found = await alerts.stored.list({ limit: limit + 1, after, state });
      const rows = found.slice(0, limit);
      return ok({
        json: { rows: rows.map(toAlert), cursor: found.length > limit ? rows.at(-1)?.id : undefined },
      });
    },
  });
  routes.add({
    method: "POST",
    path: "/api/v1/alerts/{id}/resend",
    summary: "Sends an alert again at once, with all its tries.",
    query: noQuery,
    body: noBody,
    answer: Alert,
    run: async ({ id: text }) => {
      const id = alertId(text);
      if (id === undefined) return err(unknown);
      if (!alerts.hasWebhook()) return err(noWebhook);
      const again = await alerts.resend(id);
      if (again === undefined) return err(unknown);
      log("info", "alert-resent", { alert: id });
      return ok({ json: toAlert(again) });
    },
  });
}

const unknown = { code: "not_found", detail: "There is no alert of this id." } as const;
const noWebhook = {
  code: "no_webhook",
  detail: "Write where alerts are sent into tare.yaml, as alerts: { url: … }.",
} as const;

function alertId(text: string): Id<"alert"> | undefined {
  return text.startsWith("alert_") ? `alert_${text.slice("alert_".length)}` : undefined;
}

function toAlert(stored: StoredAlert): Alert {
  const { id, kind, at, state, attempts, nextAt, problem, sentAt } = stored;
  return {
    id,
    type: Alert.shape.type.parse(kind),
    at: timestamp(at) ?? "",
    ...Alerts.read(stored),
    state,
    attempts,
    next_at: timestamp(nextAt),
    problem,
    sent_at: timestamp(sentAt),
  };
}

function timestamp(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
