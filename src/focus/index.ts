/** The ledger as FOCUS Cost and Usage rows: one for each SKU meter and price, exact to the last digit. */
export { type Charge } from "./charge.ts";
export { chargeOf, type MeteredUse } from "./charge-of-use.ts";
export { encodeRow, headOf } from "./csv.ts";
export { focusColumns, type FocusVersion, focusVersions } from "./columns.ts";
