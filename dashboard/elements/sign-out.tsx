import { useConnection } from "../api/connection.tsx";
import { Button } from "./button.tsx";

/** Ends the session and shows what somebody without one sees. */
export function SignOut() {
  const { client } = useConnection();
  return (
    <Button look="quiet" onClick={() => void client.signOut().finally(() => location.reload())}>
      Sign out
    </Button>
  );
}
