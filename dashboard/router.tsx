import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { type FunctionComponent } from "react";
import { parseSearch, stringifySearch } from "./address/address.ts";
import { Shell } from "./elements/shell.tsx";
import { AccessPage } from "./pages/access.tsx";
import { BillPage } from "./pages/bill.tsx";
import { BillsPage } from "./pages/bills.tsx";
import { BudgetPage } from "./pages/budget.tsx";
import { BudgetsPage } from "./pages/budgets.tsx";
import { CallPage } from "./pages/call.tsx";
import { CallsPage } from "./pages/calls.tsx";
import { CustomersPage } from "./pages/customers.tsx";
import { FeaturesPage } from "./pages/features.tsx";
import { InteractionPage } from "./pages/interaction.tsx";
import { InteractionsPage } from "./pages/interactions.tsx";
import { KeysPage } from "./pages/keys.tsx";
import { MetersPage } from "./pages/meters.tsx";
import { MoneyPage } from "./pages/money.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { PricesPage } from "./pages/prices.tsx";
import { ProvidersPage } from "./pages/providers.tsx";
import { ReconciliationPage } from "./pages/reconciliation.tsx";
import { CustomerPage, FeaturePage, ModelPage, TeamPage, UserPage } from "./pages/scope.tsx";
import { SlosPage } from "./pages/slos.tsx";
import { StatementPage } from "./pages/statement.tsx";
import { StatementsPage } from "./pages/statements.tsx";
import { StatusPage } from "./pages/status.tsx";

/** Every page by its path; `pathOf` makes these paths. */
const pages: readonly (readonly [string, FunctionComponent])[] = [
  ["/", OverviewPage],
  ["/features", FeaturesPage],
  ["/features/$name", FeaturePage],
  ["/models/$name", ModelPage],
  ["/teams/$name", TeamPage],
  ["/customers", CustomersPage],
  ["/customers/$name", CustomerPage],
  ["/users/$name", UserPage],
  ["/interactions", InteractionsPage],
  ["/interactions/$name", InteractionPage],
  ["/calls", CallsPage],
  ["/calls/$name", CallPage],
  ["/money", MoneyPage],
  ["/statements", StatementsPage],
  ["/statements/$name", StatementPage],
  ["/bills", BillsPage],
  ["/bills/$name", BillPage],
  ["/reconciliation", ReconciliationPage],
  ["/budgets", BudgetsPage],
  ["/budgets/$name", BudgetPage],
  ["/slos", SlosPage],
  ["/providers", ProvidersPage],
  ["/meters", MetersPage],
  ["/prices", PricesPage],
  ["/keys", KeysPage],
  ["/access", AccessPage],
  ["/status", StatusPage],
];

export function createPages() {
  const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });
  const routes = pages.map(([path, component]) => createRoute({ getParentRoute: () => root, path, component }));
  return createRouter({ routeTree: root.addChildren(routes), parseSearch, stringifySearch, scrollRestoration: true });
}
