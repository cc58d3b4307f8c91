/** The bill that a vendor of the demo's invented company sends as a FOCUS file, and one row that nobody can read for sure. */
export interface DemoBill {
  readonly name: string;
  readonly text: string;
}

const columns = [
  "BilledCost",
  "BillingCurrency",
  "BillingAccountId",
  "ChargePeriodStart",
  "ChargePeriodEnd",
  "ServiceProviderName",
  "ServiceName",
  "ServiceCategory",
  "ServiceSubcategory",
  "ChargeCategory",
  "ChargeDescription",
] as const;

/** `month`: such as 2027-01. */
export function demoBill(month: string): DemoBill {
  const first = `${month}-01T00:00:00Z`;
  const next = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)).toISOString();
  const row = (cost: string, of: readonly [service: string, category: string, subcategory: string, says: string]) => {
    const [service, category, subcategory, says] = of;
    return [cost, "USD", "acct-42", first, next, "Cloud Co.", service, category, subcategory, "Usage", says].join(",");
  };
  const rows = [
    row("18.40", ["Search cluster", "Databases", "NoSQL Databases", "index nodes"]),
    row("7.125", ["Content filter", "AI and Machine Learning", "Generative AI", "texts checked"]),
    row("4.0000000125", ["Log archive", "Management and Governance", "Observability", "gigabytes kept"]),
    row('"$1,000.00 "', ["Support plan", "Other", "Other (Other)", "typed by hand"]),
  ];
  return { name: `cloud-co-${month}.csv`, text: `${[columns.join(","), ...rows].join("\r\n")}\r\n` };
}
