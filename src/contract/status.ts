import { z } from "zod";
import { Alert } from "./alerts.ts";
import { Nanos, Timestamp } from "./vocabulary.ts";

export const SessionRequest = z.strictObject({ token: z.string().max(512) });
export type SessionRequest = z.infer<typeof SessionRequest>;

/** Who asks. `expires_at` only for a session of the dashboard. */
export const Session = z.strictObject({
  role: z.enum(["admin", "finance", "viewer"]),
  by: z.enum(["token", "session"]),
  expires_at: Timestamp.optional(),
});
export type Session = z.infer<typeof Session>;

const Process = z.strictObject({
  process: z.enum(["gateway", "office"]),
  pid: z.int(),
  started_at: Timestamp,
  memory_bytes: z.int().describe("Resident."),
  restarts: z.int().describe("Since the gateway started; the gateway itself has none."),
});

const Amount = z.string().regex(/^-?\d+$/);

const Slices = z.strictObject({
  accounts: z.int().describe("Accounts of all budgets, one for each value of a `*` budget."),
  tightest: z
    .array(
      z.strictObject({
        budget: z.string(),
        value: z.string().optional().describe("Which value of a `*` budget: user=ada."),
        unit: z.string(),
        limit: Amount,
        spent: Amount,
        held: Amount,
        in_doubt: Amount,
        in_slices: Amount.describe("Given to threads to spend alone, and not yet reported as used or given back."),
        left: Amount,
      }),
    )
    .describe("The five of which the most is used. Amounts are in the budget's unit: nanos where it is USD."),
});

const Held = z.strictObject({
  segment: z.string().describe("Name of its file in `journal/`."),
  at_byte: z.int().describe("Everything before is loaded."),
  problem: z.enum(["unreadable_line", "newer_format", "no_header", "gone"]),
  detail: z.string(),
});

export const Status = z.strictObject({
  version: z.string(),
  started_at: Timestamp,
  now: Timestamp,
  currency: z.string(),
  timezone: z.string(),
  demo: z.boolean().describe("Providers are simulated; no number here is a real bill."),
  data_plane: z.string().describe("Where SDKs point: http://127.0.0.1:4000"),
  revision: z.string().describe("Revision of the configuration in force."),
  config_problem: z.string().optional().describe("Why the newest configuration file was refused, if it was."),
  price_book: z.string(),
  role: z.enum(["admin", "finance", "viewer"]).describe("Of whoever asks."),
  processes: z.array(Process).describe("The gateway's is absent while it has told nothing."),
  gateway: z.strictObject({
    state: z.enum(["up", "away"]),
    threads: z.array(
      z.strictObject({
        thread: z.int(),
        state: z.string(),
        calls_running: z.int(),
        calls_total: z.int(),
        restarts: z.int(),
      }),
    ),
  }),
  targets: z
    .array(
      z.strictObject({
        target: z.string().describe("provider/model"),
        state: z.enum(["healthy", "cooling", "ejected", "full"]).describe("The worst that a thread says of it."),
        running: z.int(),
        attempts: z.int().describe("Since the gateway started, of all threads together."),
        failures: z.int(),
        limited: z.int().describe("Answered 429."),
        p50_ms: z.number().optional().describe("To the first content of streams, or to the end of whole answers."),
        p95_ms: z.number().optional(),
        prompt_cache: z
          .number()
          .optional()
          .describe("Share of its input that the provider read from its prompt cache."),
      }),
    )
    .describe("How the gateway's threads see what they send to."),
  cache: z
    .strictObject({
      answers: z.int(),
      bytes: z.int(),
      disk_answers: z.int(),
      disk_bytes: z.int(),
      hits: z.int().describe("Calls that were answered whole out of it since the gateway started."),
      parts: z.int().describe("Batches of embeddings of which only a part was asked for."),
      misses: z.int().describe("Calls that were looked up and made."),
      hit_rate: z.number().optional().describe("Hits among all that were looked up; absent before the first."),
    })
    .describe("Answers kept for identical calls by all threads; `bytes` of those in memory."),
  journal: z.strictObject({
    segments: z.int(),
    bytes: z.int(),
    bytes_not_loaded: z.int(),
    booked_until: Timestamp,
    torn_lines: z.int(),
    packed: z.int().describe("Segments that stand packed on the disk; `bytes` counts all as they were written."),
    set_aside: z
      .int()
      .optional()
      .describe("Lines that nobody could read and that stand in files of `set-aside/`. Absent while there are none."),
    held: z
      .array(Held)
      .readonly()
      .optional()
      .describe(
        "Segments that the ledger cannot read on; what stands behind is in no total. Absent while there are none.",
      ),
  }),
  slices: Slices.optional().describe("How budgets stand; absent while the gateway has told nothing."),
  ledger: z.strictObject({
    entries: z.int(),
    bytes: z.int(),
    first_at: Timestamp.optional().describe("Of the first attempt; of the first entry where there is none."),
    last_at: Timestamp.optional(),
  }),
  storage: z
    .strictObject({
      journal_bytes: z.int(),
      ledger_bytes: z.int(),
      books_bytes: z.int(),
      free_bytes: z.int().describe("On the disk of the data folder."),
      year_bytes: z
        .int()
        .optional()
        .describe("What a year from now holds at the rate of now; absent while the journals are less than a day old."),
      busy_year_bytes: z.int().describe("The same at ten million calls a month."),
    })
    .optional()
    .describe("How large the data folder is, and what a year makes of it under the retention that is set."),
  alerts: z
    .strictObject({
      webhook: z.string().optional().describe("Origin that alerts are sent to; absent when nobody is told."),
      waiting: z.int(),
      sent: z.int(),
      failed: z.int().describe("Given up on; somebody can send them again."),
      latest: z
        .array(Alert.pick({ at: true, type: true, says: true, state: true }))
        .describe("The last five, newest first."),
    })
    .describe("How telling people goes."),
  telemetry: z
    .strictObject({
      collector: z.string().describe("Origin that spans and metrics are sent to."),
      spans_waiting: z.int(),
      spans_sent: z.int(),
      spans_dropped: z.int().describe("Here: no room, given up on, or refused as a whole batch."),
      spans_rejected: z.int().describe("By the collector, which took others of the same batch."),
      metric_exports: z.int(),
      metric_exports_failed: z.int(),
      problem: z.string().optional().describe("Of the last export, if it failed."),
    })
    .optional()
    .describe("How sending spans and metrics goes since it was configured; absent when it is off."),
  totals: z.strictObject({
    gross_nanos: Nanos,
    estimated_nanos: Nanos.describe("What of gross is not certain."),
    in_doubt_nanos: Nanos,
    avoided_nanos: Nanos.describe("What the answers had cost that were given again."),
    unpriced: z.int(),
  }),
});
export type Status = z.infer<typeof Status>;
