import { type Id, type Instant } from "#units";

/** The tables as Kysely sees them; what they are in SQL stands in migrations.ts. */
export interface Tables {
  keys: KeyRow;
  tokens: {
    name: string;
    digest: string;
    role: string;
    created_at: Instant;
    expires_at: Instant | null;
  };
  logins: { digest: string; role: string; expires_at: Instant };
  sessions: {
    digest: string;
    role: string;
    token: string | null;
    created_at: Instant;
    expires_at: Instant;
  };
  settings: { name: string; value: string };
}

export interface KeyRow {
  id: Id<"key">;
  name: string;
  digest: string;
  hint: string;
  team: string | null;
  feature: string | null;
  customer: string | null;
  environment: string | null;
  /** JSON list of names. */
  models: string | null;
  created_at: Instant;
  expires_at: Instant | null;
  revoked_at: Instant | null;
  last_used_at: Instant | null;
  replaced_by: Id<"key"> | null;
}
