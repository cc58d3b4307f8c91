import { type KeyObject } from "node:crypto";
import { type Role } from "#access";
import { type Result } from "#std";
import { type Secret } from "#units";
import { type World } from "#world";
import { addAlertRoutes } from "./alert-routes.ts";
import { addAllocationRoutes } from "./allocation-routes.ts";
import { addAnalyticsRoutes } from "./analytics-routes.ts";
import { addAuditRoute } from "./audit-routes.ts";
import { addBackupRoute } from "./backup-routes.ts";
import { addBillRoutes } from "./bill-routes.ts";
import { addCacheRoute } from "./cache-routes.ts";
import { addBudgetRoutes } from "./budget-routes.ts";
import { Clients } from "./clients.ts";
import { DashboardFiles } from "./dashboard-files.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { addCommitmentRoute } from "./commitment-routes.ts";
import { addExportRoute } from "./export-routes.ts";
import { addInteractionRoutes } from "./interaction-routes.ts";
import { addKeyRoutes } from "./key-routes.ts";
import { type ControlTls, createListener, type ListenerLimits, listenerLimits, OLDEST_TLS } from "./listener.ts";
import { addReratingRoutes } from "./rerating-routes.ts";
import { addMarginRoutes } from "./margin-routes.ts";
import { addMeterRoute } from "./meter-routes.ts";
import { addReconciliationRoutes } from "./reconciliation-routes.ts";
import { addReturnRoute } from "./return-routes.ts";
import { honoPath, problemResponse, Routes } from "./routes.ts";
import { addSettlementRoutes } from "./settlement-routes.ts";
import { addSessionRoutes } from "./session-routes.ts";
import { type ControlSources } from "./sources.ts";
import { addSloRoute } from "./slo-routes.ts";
import { addSpendRoute } from "./spend-route.ts";
import { addDashboardRoute, addOpenRoutes, addStatusRoutes } from "./status-routes.ts";
import { addStepRoutes } from "./step-routes.ts";
import { addTargetRoute } from "./target-routes.ts";
import { addTokenRoutes } from "./token-routes.ts";
import { type ControlLog } from "./control-log.ts";

export interface ControlOptions {
  readonly world: World;
  readonly sources: ControlSources;
  /** The one that digests of keys, tokens and sessions are made with. */
  readonly pepper: KeyObject;
  readonly version: string;
  /** Folder of the built dashboard; without it only the API is served. */
  readonly dashboard: string | undefined;
  /** Names besides `localhost` and addresses that we may be called by. */
  readonly hostNames: readonly string[];
  readonly log: ControlLog;
  /** Certificate with its chain and key, PEM; undefined for plain HTTP. */
  readonly tls?: ControlTls | undefined;
  /** Addresses and ranges of proxies that are believed when they say for whom they ask. */
  readonly trustProxy?: readonly string[];
  readonly limits?: ListenerLimits;
}

export interface Control {
  listen(where: {
    readonly host: string;
    readonly port: number;
  }): Promise<
    Result<{ readonly port: number }, { readonly type: "port-taken" | "listen-failed"; readonly detail: string }>
  >;
  /** A one-time token for the link that opens the dashboard; good for ten minutes. */
  issueLogin(role: Role): Promise<Secret>;
  /** For connections from now on, where there is TLS already. */
  renewTls(tls: ControlTls | undefined): void;
  /** Lets running requests end for a moment, then closes every connection. */
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 2000;

/** The control API, its document, metrics and the dashboard's files, on one listener. Throws if a route has no permission. */
export function createControl(options: ControlOptions): Control {
  const { world, sources, pepper, log } = options;
  const clients = new Clients(options.trustProxy ?? []);
  const doorkeeper = new Doorkeeper({ tokens: sources.tokens, pepper, world, clients });
  const routes = createRoutes(options, doorkeeper);
  const server = createListener(routes.hono, {
    hostNames: options.hostNames,
    limits: options.limits ?? listenerLimits,
    tls: options.tls,
  });
  return {
    async listen({ host, port }) {
      const listening = await world.network.listen(server, { host, port, shared: false });
      // Until then who asked is told why it cannot be.
      if (listening.ok) server.on("error", (error) => log("error", "control-server-failed", { error: error.name }));
      return listening;
    },
    renewTls(tls) {
      if (tls !== undefined && "setSecureContext" in server)
        server.setSecureContext({ ...tls, minVersion: OLDEST_TLS });
    },
    issueLogin: (role) => doorkeeper.issueLogin(role),
    close: () =>
      new Promise((resolve) => {
        const timer = world.clock.after(CLOSE_WITHIN_MS, () => server.closeAllConnections());
        server.close(() => {
          timer.cancel();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Every route of the listener. Those of the dashboard come last: they take what nobody else does. */
function createRoutes(options: ControlOptions, doorkeeper: Doorkeeper): Routes {
  const { world, sources, pepper, log, version } = options;
  const routes = new Routes(doorkeeper);
  addSessionRoutes(routes, { doorkeeper, log });
  addSpendRoute(routes, sources.analytics);
  addAnalyticsRoutes(routes, sources.analytics);
  addInteractionRoutes(routes, sources.analytics);
  addKeyRoutes(routes, { keys: sources.keys, pepper, world, log });
  addBudgetRoutes(routes, { budgets: sources.budgets, analytics: sources.analytics, world, log });
  addSloRoute(routes, sources.slos);
  addTargetRoute(routes, sources.targets);
  addMarginRoutes(routes, { margins: sources.margins, log });
  addReturnRoute(routes, sources.returns);
  addAllocationRoutes(routes, { allocations: sources.allocations, world, log });
  addStepRoutes(routes, sources.steps);
  addBillRoutes(routes, { bills: sources.bills, log });
  addMeterRoute(routes, sources.meters);
  addReratingRoutes(routes, { source: sources.rerating, audit: sources.audit, world, log });
  addExportRoute(routes, { source: sources.exports, audit: sources.audit, world, log });
  addReconciliationRoutes(routes, { source: sources.reconciliations, audit: sources.audit, world, log });
  addSettlementRoutes(routes, { source: sources.settlements, audit: sources.audit, world, log });
  addCommitmentRoute(routes, sources.commitments);
  addAlertRoutes(routes, { alerts: sources.alerts, log });
  addTokenRoutes(routes, { tokens: sources.tokens, pepper, world, log });
  addAuditRoute(routes, sources.audit);
  addCacheRoute(routes, { sources, log });
  addBackupRoute(routes, { backups: sources.backups, log });
  addStatusRoutes(routes, sources);
  addOpenRoutes(routes, sources, version);
  refuseOtherMethods(routes);
  addDashboardRoute(routes, new DashboardFiles(world.disk, options.dashboard), doorkeeper);
  refuseOtherMethods(routes);
  reportDefects(routes, log);
  return routes;
}

/** A path that is there, asked by a method it does not have. */
function refuseOtherMethods(routes: Routes): void {
  const paths = new Map<string, string[]>();
  for (const { path, method } of routes.registered) paths.set(path, [...(paths.get(path) ?? []), method]);
  for (const [path, methods] of paths) {
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
    const problem = { code: "method_not_allowed", detail: `Here are ${allow}.`, headers: { allow } } as const;
    routes.hono.all(honoPath(path), () => problemResponse(problem));
  }
}

function reportDefects(routes: Routes, log: ControlLog): void {
  routes.hono.onError((error) => {
    // The message may hold what somebody sent; the places in the code cannot.
    const places = error.stack?.split("\n").filter((line) => line.startsWith("    at "));
    log("error", "control-defect", { error: error.name, at: places?.slice(0, 6).join("\n") });
    return problemResponse({ code: "internal", detail: "Nothing was changed by this, as far as we know." });
  });
}
