import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { CreatedKey, Key } from "#contract";
import { useAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { keysQuery } from "../api/questions.ts";
import { Answered } from "../elements/answered.tsx";
import { Button } from "../elements/button.tsx";
import { textColumn } from "../elements/columns.tsx";
import { Go, withFilter } from "../elements/go.tsx";
import { KeyState } from "../elements/key-state.tsx";
import { ListPager } from "../elements/list-pager.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { formatAge, type Moments } from "../format/moment.ts";
import { formatQuantity } from "../format/quantity.ts";
import { SecretDialog } from "./confirm.tsx";
import { NewKeyDialog, RevokeDialog, RotateDialog } from "./key-dialogs.tsx";
import styles from "./keys.module.css";

type Open =
  | { readonly type: "new" }
  | { readonly type: "rotate" | "revoke"; readonly key: Key }
  | { readonly type: "secret"; readonly created: CreatedKey };

/** Who may call, for whom it is booked, and until when. Only an admin may change it. */
export function KeysPage() {
  const { client, status } = useConnection();
  const { cursor: at } = useAddress().page;
  const [open, setOpen] = useState<Open | undefined>();
  const query = useQuery(keysQuery(client, at));
  const isAdmin = status.role === "admin";
  const close = () => setOpen(undefined);
  const changed = (created?: CreatedKey) => {
    setOpen(created === undefined ? undefined : { type: "secret", created });
    void query.refetch();
  };
  return (
    <PageFrame
      title="Keys"
      isRanged={false}
      note={isAdmin ? undefined : `Your role is ${status.role}; only an admin may change keys.`}
      tools={
        isAdmin && (
          <Button look="main" onClick={() => setOpen({ type: "new" })}>
            New key
          </Button>
        )
      }
    >
      <Answered query={query}>
        {({ rows, cursor }) => (
          <>
            <KeyTable rows={rows} isAdmin={isAdmin} onOpen={setOpen} />
            <ListPager label="Pages of keys" next={cursor} more="More keys" />
          </>
        )}
      </Answered>
      {open?.type === "new" && <NewKeyDialog onClose={close} onCreated={changed} />}
      {open?.type === "rotate" && <RotateDialog subject={open.key} onClose={close} onCreated={changed} />}
      {open?.type === "revoke" && <RevokeDialog subject={open.key} onClose={close} onRevoked={() => changed()} />}
      {open?.type === "secret" && (
        <SecretDialog name={open.created.key.name} secret={open.created.secret} onClose={close} />
      )}
    </PageFrame>
  );
}

interface KeyTableFacts {
  readonly rows: readonly Key[];
  readonly isAdmin: boolean;
  readonly onOpen: (open: Open) => void;
}

function KeyTable({ rows, isAdmin, onOpen }: KeyTableFacts) {
  const { moments, now } = useConnection();
  const columns = useMemo(
    () => [...keyColumns({ moments, now }), ...(isAdmin ? [actionColumn(onOpen)] : [])],
    [moments, now, isAdmin, onOpen],
  );
  return (
    <Section title="All keys" note="Secrets are not kept: only their last four characters can be shown">
      <RowTable
        label="Keys"
        rows={rows}
        columns={columns}
        keyOf={(key) => key.id}
        empty="No keys yet. Without one nobody can call."
      />
    </Section>
  );
}

function keyColumns({ moments, now }: { moments: Moments; now: () => number }): readonly Column<Key>[] {
  const used: Column<Key> = {
    id: "used",
    head: "Last used",
    value: (key) => (key.last_used_at === undefined ? 0 : Date.parse(key.last_used_at)),
    cell: ({ last_used_at: at }) =>
      at === undefined ? (
        <span className={styles.any}>never</span>
      ) : (
        <span title={moments.full(at)}>{formatAge(now() - Date.parse(at))}</span>
      ),
    csv: (key) => key.last_used_at ?? "",
    isExtra: true,
  };
  const day = (id: string, head: string, at: (key: Key) => string | undefined): Column<Key> => ({
    id,
    head,
    value: (key) => Date.parse(at(key) ?? "9999-12-31"),
    cell: (key) => {
      const iso = at(key);
      return iso === undefined ? (
        <span className={styles.any}>–</span>
      ) : (
        <span title={moments.full(iso)}>{moments.day(iso)}</span>
      );
    },
    csv: (key) => at(key) ?? "",
    isExtra: true,
    isSpare: id === "created",
  });
  return [
    nameColumn,
    stateColumn,
    bookedColumn,
    textColumn({ id: "models", head: "Models", of: (key) => key.models?.join(", ") ?? "all", isExtra: true }),
    textColumn({ id: "limits", head: "Held to", of: limitsOf, isExtra: true, isSpare: true }),
    used,
    day("created", "Created", (key) => key.created_at),
    day("ends", "Ends", (key) => key.revoked_at ?? key.expires_at),
  ];
}

const nameColumn: Column<Key> = {
  id: "name",
  head: "Name",
  value: (key) => key.name,
  cell: ({ id, name, hint }) => (
    <>
      <Go to={{ page: "calls" }} narrow={(address) => withFilter(address, "key", [id])} title={`Calls of ${id}`}>
        {name}
      </Go>{" "}
      <code className={styles.hint}>…{hint}</code>
    </>
  ),
  csv: (key) => key.name,
};

const stateColumn: Column<Key> = {
  id: "state",
  head: "State",
  value: (key) => key.state,
  cell: (key) => <KeyState state={key.state} />,
  csv: (key) => key.state,
};

const bookedColumn: Column<Key> = {
  id: "booked",
  head: "Booked on",
  value: bookedOn,
  cell: (key) => bookedOn(key) || <span className={styles.any}>what the call says</span>,
  csv: bookedOn,
  isExtra: true,
};

/** The attribution that the key pins, whatever a header says. */
function bookedOn({ team, feature, customer, environment }: Key): string {
  return [team, feature, customer, environment].filter((value) => value !== undefined).join(" · ");
}

/** What one call with the key may be. */
function limitsOf({ max_output_tokens: output, max_context: input, require_interaction: isNamed }: Key) {
  const limits = [
    input === undefined ? "" : `${formatQuantity(input)} in`,
    output === undefined ? "" : `${formatQuantity(output)} out`,
    isNamed ? "interaction" : "",
  ].filter((text) => text !== "");
  return limits.length === 0 ? undefined : limits.join(", ");
}

function actionColumn(onOpen: (open: Open) => void): Column<Key> {
  return {
    id: "actions",
    head: "Actions",
    isOfActions: true,
    align: "end",
    csv: () => "",
    cell: (key) => {
      if (key.origin === "config") return <span className={styles.any}>from tare.yaml</span>;
      if (key.state !== "active" && key.state !== "rotating") return null;
      return (
        <span className={styles.actions}>
          {key.state === "active" && (
            <Button look="quiet" aria-label={`Rotate ${key.name}`} onClick={() => onOpen({ type: "rotate", key })}>
              Rotate
            </Button>
          )}
          <Button look="quiet" aria-label={`Revoke ${key.name}`} onClick={() => onOpen({ type: "revoke", key })}>
            Revoke
          </Button>
        </span>
      );
    },
  };
}
