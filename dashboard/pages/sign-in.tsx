import { useEffect, useState } from "react";
import { type Client } from "../api/client.ts";
import { Button } from "../elements/button.tsx";
import { Labelled, TextField } from "../elements/field.tsx";
import { Mark } from "../elements/shell.tsx";
import { Trouble } from "../elements/trouble.tsx";
import styles from "./sign-in.module.css";

/** For whoever comes without a session: how to get a link, or a token by hand. */
export function SignInPage({ client, onSignedIn, error }: { client: Client; onSignedIn: () => void; error?: unknown }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<unknown>(error);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Tare";
  }, []);
  const signIn = async () => {
    setBusy(true);
    try {
      await client.signIn(token.trim());
      onSignedIn();
    } catch (failure) {
      setProblem(failure);
    }
    setBusy(false);
  };
  return (
    <main className={styles.page}>
      <div className={styles.brand}>
        <Mark /> Tare
      </div>
      <h1>Open the link that Tare printed</h1>
      <p>
        <code>tare up</code> prints a link for this page when it is ready. It works once and signs this browser in. The
        link is also in the terminal of whoever started it; a new one comes with every start.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <Labelled label="Or paste a token" note="An admin finds one in tare-data/secrets/admin-token on the server.">
          {(ids) => (
            <TextField
              {...ids}
              type="password"
              autoComplete="current-password"
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Labelled>
        <Button type="submit" look="main" disabled={isBusy || token.trim() === ""}>
          Sign in
        </Button>
      </form>
      {problem !== undefined && <SignInTrouble error={problem} />}
    </main>
  );
}

function SignInTrouble({ error }: { error: unknown }) {
  const isRejected = error instanceof Error && "reason" in error && error.reason === "signed-out";
  if (!isRejected) return <Trouble error={error} />;
  return (
    <p className={styles.rejected} role="alert">
      This token is not good, or its link was used before. Start <code>tare up</code> again for a new link, or paste the
      admin token.
    </p>
  );
}
