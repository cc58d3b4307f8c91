import type { AuditPage, TokenPage } from "#contract";

const HOUR_MS = 3_600_000;

export function mockTokens(now: number): TokenPage {
  const hours = (count: number) => new Date(now + count * HOUR_MS).toISOString();
  return {
    rows: [
      { name: "admin", role: "admin", created_at: hours(-900) },
      { name: "finance-sheet", role: "finance", created_at: hours(-400), expires_at: hours(1800) },
      { name: "wall-screen", role: "viewer", created_at: hours(-20) },
    ],
  };
}

/** Two pages of changes, newest first. */
export function mockAudit(now: number, cursor: string | null): AuditPage {
  const at = (hours: number) => new Date(now - hours * HOUR_MS).toISOString();
  if (cursor !== null)
    return {
      rows: [
        {
          id: "audit_1",
          at: at(900),
          who: "tare.yaml",
          action: "config-changed",
          subject: "config",
          after: "3 providers",
        },
      ],
    };
  return {
    rows: [
      {
        id: "audit_3",
        at: at(20),
        who: "token admin",
        action: "token-created",
        subject: "token wall-screen",
        after: '{"role":"viewer"}',
      },
      {
        id: "audit_2",
        at: at(40),
        who: "session of a one-time link",
        action: "budget-put",
        subject: "budget team=support/month",
        before: '{"limit":"400 USD"}',
        after: '{"limit":"500 USD"}',
      },
    ],
    cursor: "audit_2",
  };
}
