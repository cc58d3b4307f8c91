import { z } from "zod";

/** The `ledger` section of tare.yaml. */
export const LedgerSection = z.strictObject({
  memory_mib: z
    .int()
    .min(64)
    .optional()
    .describe("Memory in MiB that the ledger's store may use; a quarter of the machine's when absent."),
  threads: z
    .int()
    .min(1)
    .optional()
    .describe("Threads that answer questions over the ledger; half of the machine's cores when absent."),
});
export type LedgerSection = z.infer<typeof LedgerSection>;
