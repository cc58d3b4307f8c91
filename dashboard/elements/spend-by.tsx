/** Spend by what there may be many of: the dearest are listed, the others are one row. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { type Filters } from "../address/address.ts";
import { usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { spendQuery } from "../api/questions.ts";
import { say } from "../format/words.ts";
import { Answered } from "./answered.tsx";
import { type BreakdownRow } from "./breakdown-rows.ts";
import { BreakdownTable } from "./breakdown-table.tsx";

/** As many as somebody reads. */
const ROWS_MAX = 500;

interface SpendByFacts {
  readonly dimension: string;
  /** Those of the page, with what it is about. */
  readonly filters: Filters;
  readonly link: (name: string, row: BreakdownRow) => ReactNode;
  readonly tools?: ReactNode;
}

export function SpendBy({ dimension, filters, link, tools }: SpendByFacts) {
  const { client, status } = useConnection();
  const { from, to } = usePeriod();
  const question = { by: [dimension], from, to, timezone: status.timezone, filters, limit: ROWS_MAX };
  const query = useQuery(spendQuery(client, question));
  return (
    <Answered key={dimension} query={query}>
      {(answer) => (
        <BreakdownTable
          title={`By ${say(dimension)}`}
          dimension={dimension}
          answer={answer}
          link={link}
          tools={tools}
        />
      )}
    </Answered>
  );
}
