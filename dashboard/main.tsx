/** The dashboard: signs in with the token of the link, then shows the pages. */
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet has nothing to assign.
import "./look/page.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { askEarly } from "./api/ask-early.ts";
import { createClient } from "./api/client.ts";
import { ProblemError } from "./api/problem-error.ts";
import { takeToken } from "./api/take-token.ts";
import { App } from "./app.tsx";
import { applyLook, storedLook } from "./look/look.ts";
import { createPages } from "./router.tsx";

applyLook(storedLook());
await start();

async function start(): Promise<void> {
  const element = document.getElementById("page");
  if (element === null) throw new Error("the page has a place for itself");
  const client = createClient((url, options) => fetch(url, options));
  const token = takeToken(location, history);
  const linkProblem =
    token === undefined
      ? undefined
      : await client.signIn(token).then(
          () => undefined,
          (error: unknown) => error,
        );
  const cache = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        refetchOnWindowFocus: false,
        // A question that was refused stays refused; only a server that is away may come back.
        retry: (tries, error) =>
          tries < 2 && error instanceof ProblemError && (error.reason === "unreachable" || error.reason === "broken"),
        retryDelay: (tries) => 500 * 2 ** tries,
      },
    },
  });
  askEarly(cache, client, location);
  createRoot(element).render(
    <QueryClientProvider client={cache}>
      <App client={client} router={createPages()} linkProblem={linkProblem} />
    </QueryClientProvider>,
  );
}
