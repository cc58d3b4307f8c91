import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { AuditLine, CreatedToken, Token } from "#contract";
import { useAddress } from "../address/use-address.ts";
import { auditQuery, tokensQuery } from "../api/access-questions.ts";
import { useConnection } from "../api/connection.tsx";
import { Answered } from "../elements/answered.tsx";
import { Button } from "../elements/button.tsx";
import { textColumn } from "../elements/columns.tsx";
import { ListPager } from "../elements/list-pager.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import styles from "./access.module.css";
import { SecretDialog } from "./confirm.tsx";
import { EndTokenDialog, NewTokenDialog } from "./token-dialogs.tsx";

/** Who may look after this installation, and who changed what. */
export function AccessPage() {
  const { role } = useConnection().status;
  if (role === "admin") return <AdminPage />;
  return (
    <PageFrame title="Access & audit" isRanged={false}>
      <p>Your role is {role}; only an admin sees who has access and what was changed.</p>
    </PageFrame>
  );
}

type Open =
  | { readonly type: "new" }
  | { readonly type: "end"; readonly token: Token }
  | { readonly type: "secret"; readonly created: CreatedToken };

function AdminPage() {
  const { client } = useConnection();
  const [open, setOpen] = useState<Open | undefined>();
  const { tokens: at } = useAddress().page;
  const query = useQuery(tokensQuery(client, at));
  const close = () => setOpen(undefined);
  const changed = (created?: CreatedToken) => {
    setOpen(created === undefined ? undefined : { type: "secret", created });
    void query.refetch();
  };
  return (
    <PageFrame
      title="Access & audit"
      isRanged={false}
      tools={
        <Button look="main" onClick={() => setOpen({ type: "new" })}>
          New token
        </Button>
      }
    >
      <Section title="Tokens" note="For these pages, the command line and the control API; calls are made with keys">
        <Answered query={query}>
          {({ rows, cursor }) => (
            <>
              <TokenTable rows={rows} onEnd={(token) => setOpen({ type: "end", token })} />
              <ListPager label="Pages of tokens" next={cursor} more="More tokens" field="tokens" />
            </>
          )}
        </Answered>
      </Section>
      <AuditSection />
      {open?.type === "new" && <NewTokenDialog onClose={close} onCreated={changed} />}
      {open?.type === "end" && <EndTokenDialog subject={open.token} onClose={close} onEnded={() => changed()} />}
      {open?.type === "secret" && (
        <SecretDialog name={open.created.token.name} secret={open.created.secret} onClose={close} />
      )}
    </PageFrame>
  );
}

/** It stands in the folder of the secrets and cannot be ended from here. */
const ADMIN = "admin";

function TokenTable({ rows, onEnd }: { rows: readonly Token[]; onEnd: (token: Token) => void }) {
  const { moments } = useConnection();
  const columns = useMemo((): readonly Column<Token>[] => {
    const day = (id: string, head: string, of: (token: Token) => string | undefined): Column<Token> => ({
      id,
      head,
      value: (token) => Date.parse(of(token) ?? "9999-12-31"),
      cell: (token) => {
        const at = of(token);
        return at === undefined ? (
          <span className={styles.quiet}>never</span>
        ) : (
          <span title={moments.full(at)}>{moments.day(at)}</span>
        );
      },
      csv: (token) => of(token) ?? "",
      isExtra: true,
    });
    return [
      textColumn({ id: "name", head: "Name", of: ({ name }) => name, isWide: true }),
      textColumn({ id: "role", head: "Role", of: ({ role }) => role }),
      day("created", "Created", ({ created_at: at }) => at),
      day("ends", "Ends", ({ expires_at: at }) => at),
      {
        id: "actions",
        head: "Actions",
        isOfActions: true,
        align: "end",
        csv: () => "",
        cell: (token) =>
          token.name === ADMIN ? (
            <span className={styles.quiet}>from secrets/admin-token</span>
          ) : (
            <Button look="quiet" aria-label={`End ${token.name}`} onClick={() => onEnd(token)}>
              End
            </Button>
          ),
      },
    ];
  }, [moments, onEnd]);
  return (
    <RowTable
      label="Tokens"
      rows={rows}
      columns={columns}
      keyOf={({ name }) => name}
      empty="No tokens. Links that tare login makes open these pages."
    />
  );
}

const PAGE = 50;

function AuditSection() {
  const { client } = useConnection();
  const { cursor: at } = useAddress().page;
  const query = useQuery(auditQuery(client, { limit: PAGE, cursor: at }));
  return (
    <Section title="Audit" note="Who changed keys, tokens, budgets and the configuration, latest first">
      <Answered query={query}>
        {({ rows, cursor }) => (
          <>
            <AuditTable rows={rows} />
            <ListPager label="Pages of changes" next={cursor} more="Older" first="Latest" />
          </>
        )}
      </Answered>
    </Section>
  );
}

function AuditTable({ rows }: { rows: readonly AuditLine[] }) {
  const { moments } = useConnection();
  const columns = useMemo(
    (): readonly Column<AuditLine>[] => [
      {
        id: "at",
        head: "When",
        cell: ({ at }) => <span title={moments.full(at)}>{moments.short(at)}</span>,
        csv: ({ at }) => at,
      },
      {
        id: "what",
        head: "What",
        cell: ({ action, subject }) => (
          <>
            {action.replaceAll("-", " ")}
            <span className={styles.under}>{subject}</span>
          </>
        ),
        csv: ({ action, subject }) => `${action} ${subject}`,
        isWide: true,
      },
      { id: "who", head: "Who", cell: ({ who }) => who, csv: ({ who }) => who, isExtra: true },
      {
        id: "change",
        head: "From what to what",
        cell: (line) => <Change line={line} />,
        csv: ({ before = "", after = "" }) => `${before} → ${after}`,
        isExtra: true,
        isWide: true,
      },
    ],
    [moments],
  );
  return (
    <RowTable
      label="Changes, latest first"
      rows={rows}
      columns={columns}
      keyOf={({ id }) => id}
      empty="Nothing has been changed yet."
    />
  );
}

/** A whole key is long: what changed is what is asked for, and the rest is one click away. */
function Change({ line: { before, after } }: { line: AuditLine }) {
  return (
    <details className={styles.change}>
      <summary>{before === undefined ? "new" : after === undefined ? "ended" : "changed"}</summary>
      {before !== undefined && <code>before: {before}</code>}
      {after !== undefined && <code>after: {after}</code>}
    </details>
  );
}
