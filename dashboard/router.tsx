import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { parseSearch, stringifySearch } from "./address/address.ts";
import { Shell } from "./elements/shell.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { OverviewPage } from "./pages/overview.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const pages = [createRoute({ getParentRoute: () => root, path: "/", component: OverviewPage })];

export function createPages() {
  return createRouter({
    routeTree: root.addChildren(pages),
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPreload: false,
  });
}
