import { Session, SessionRequest } from "#contract";
import { assert, ok } from "#std";
import { Secret } from "#units";
import { type Caller, type Doorkeeper } from "./doorkeeper.ts";
import { noBody, noQuery, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";

export function addSessionRoutes(
  routes: Routes,
  { doorkeeper, log }: { doorkeeper: Doorkeeper; log: ControlLog },
): void {
  routes.add({
    method: "GET",
    path: "/api/v1/session",
    summary: "Who asks, and until when.",
    query: noQuery,
    body: noBody,
    answer: Session,
    run: async ({ caller }) => {
      assert(caller !== undefined, "a route that needs a role is reached by somebody");
      return ok({ json: toSession(caller) });
    },
  });
  routes.add({
    method: "POST",
    path: "/api/v1/session",
    summary: "Trades a one-time token (or a standing one) for a session, kept in a cookie that no script can read.",
    query: noQuery,
    body: SessionRequest,
    answer: Session,
    status: 201,
    run: async ({ body, context }) => {
      const from = doorkeeper.addressOf(context.env.incoming);
      const opened = await doorkeeper.openSession(context.env.incoming, new Secret(body.token));
      if (!opened.ok) {
        log("warn", "login-failed", { code: opened.error.code, from });
        return opened;
      }
      const { caller, cookie } = opened.value;
      log("info", "login", { role: caller.role, from });
      return ok({ json: toSession(caller), status: 201, headers: { "set-cookie": cookie } });
    },
  });
  routes.add({
    method: "DELETE",
    path: "/api/v1/session",
    summary: "Ends the session.",
    query: noQuery,
    body: noBody,
    answer: undefined,
    status: 204,
    run: async ({ caller }) => {
      const cookie = await doorkeeper.closeSession(caller);
      return ok({ bytes: "", mediaType: "text/plain", status: 204, headers: { "set-cookie": cookie } });
    },
  });
}

function toSession(caller: Caller): Session {
  if (caller.by === "token") return { role: caller.role, by: "token" };
  return { role: caller.role, by: "session", expires_at: new Date(caller.expiresAt).toISOString() };
}
