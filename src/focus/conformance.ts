/** The official rules of FOCUS, as their JSON states them, run on a table: what a validator would say of our export. */
import { assert } from "#std";

export type Cells = Readonly<Record<string, string | null>>;

interface Check {
  readonly CheckFunction?: string;
  readonly Items?: readonly Check[];
  readonly ModelRuleId?: string;
  readonly ColumnName?: string;
  readonly ColumnAName?: string;
  readonly ColumnBName?: string;
  readonly ResultColumnName?: string;
  readonly ExpectedCount?: number;
  readonly Value?: string | number | null;
}

interface Rule {
  readonly ApplicabilityCriteria: readonly string[];
  readonly ValidationCriteria: {
    readonly MustSatisfy: string;
    readonly Keyword: string;
    readonly Requirement: Check;
    readonly Condition: Check;
  };
}

export interface RuleModel {
  readonly ModelRules: Readonly<Record<string, Rule>>;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Cells[];
}

export interface Conformance {
  /** Rules that say MUST and are not kept, with the first row that breaks each. */
  readonly broken: readonly { readonly rule: string; readonly says: string; readonly row: number }[];
  /** Rules that say SHOULD or RECOMMENDED and are not kept. */
  readonly advised: readonly string[];
  /** Rules with a check that were run. */
  readonly run: number;
  /** Rules whose text no program can check. */
  readonly unchecked: number;
}

interface Terms {
  /** What the data generator supports, in the model's words: rules of other criteria do not apply. */
  readonly supports: ReadonlySet<string>;
  /** Rules that are passed over, each for a reason. */
  readonly except: Readonly<Record<string, string>>;
}

const ROOT = "CostAndUsage-D-000-M";

export function checkConformance(model: RuleModel, table: Table, terms: Terms): Conformance {
  const checker = new Checker(model, table, terms);
  checker.run(ROOT, table.rows);
  return checker.result();
}

class Checker {
  readonly #rules: RuleModel["ModelRules"];
  readonly #table: Table;
  readonly #terms: Terms;
  readonly #broken = new Map<string, { rule: string; says: string; row: number }>();
  readonly #advised = new Set<string>();
  readonly #run = new Set<string>();
  readonly #unchecked = new Set<string>();

  constructor({ ModelRules }: RuleModel, table: Table, terms: Terms) {
    this.#rules = ModelRules;
    this.#table = table;
    this.#terms = terms;
  }

  result(): Conformance {
    return {
      broken: [...this.#broken.values()],
      advised: [...this.#advised],
      run: this.#run.size,
      unchecked: this.#unchecked.size,
    };
  }

  /** Conditions of a rule hold for the rules below it too. */
  run(id: string, rows: readonly Cells[]): void {
    const rule = this.#rules[id];
    assert(rule !== undefined, `${id} is a rule of the model`);
    const { supports, except } = this.#terms;
    if (except[id] !== undefined || !rule.ApplicabilityCriteria.every((criterion) => supports.has(criterion))) return;
    const { Requirement, Condition, Keyword, MustSatisfy } = rule.ValidationCriteria;
    const asked = isEmpty(Condition) ? rows : rows.filter((row) => this.#holds(Condition, row));
    const below = Requirement.CheckFunction === "AND" ? rulesIn(Requirement) : [];
    for (const child of below) this.run(child, asked);
    if (below.length > 0 && below.length === Requirement.Items?.length) return;
    if (isEmpty(Requirement)) {
      this.#unchecked.add(id);
      return;
    }
    this.#run.add(id);
    const row = this.#firstBroken(Requirement, asked);
    if (row !== undefined) this.#note(id, { keyword: Keyword, says: MustSatisfy, row });
  }

  #note(
    rule: string,
    { keyword, says, row }: { readonly keyword: string; readonly says: string; readonly row: number },
  ) {
    if (keyword.startsWith("MUST")) this.#broken.set(rule, { rule, says, row });
    else if (keyword !== "MAY") this.#advised.add(rule);
  }

  #firstBroken(check: Check, rows: readonly Cells[]): number | undefined {
    if (check.CheckFunction === "ColumnPresent") return this.#table.columns.includes(nameOf(check)) ? undefined : 0;
    if (check.CheckFunction === "CheckDistinctCount") return this.#firstUnlike(check, rows);
    const found = rows.findIndex((row) => !isUnknown(check, row) && !this.#holds(check, row));
    return found === -1 ? undefined : found;
  }

  #firstUnlike(
    { ColumnAName = "", ColumnBName = "", ExpectedCount }: Check,
    rows: readonly Cells[],
  ): number | undefined {
    const groups = Map.groupBy(
      rows.filter((row) => isThere(row[ColumnAName])),
      (row) => row[ColumnAName],
    );
    for (const group of groups.values()) {
      const [first] = group;
      const values = new Set(group.map((row) => row[ColumnBName]));
      if (values.size !== ExpectedCount && first !== undefined) return rows.indexOf(first);
    }
    return undefined;
  }

  #holds(check: Check, row: Cells): boolean {
    const { CheckFunction: name = "", Items = [] } = check;
    if (name === "AND") return Items.every((item) => this.#holds(item, row));
    if (name === "OR") return Items.some((item) => this.#holds(item, row));
    if (name === "CheckModelRule") {
      const rule = this.#rules[check.ModelRuleId ?? ""];
      return rule === undefined || isEmpty(rule.ValidationCriteria.Requirement)
        ? true
        : this.#holds(rule.ValidationCriteria.Requirement, row);
    }
    if (name === "ColumnPresent") return this.#table.columns.includes(nameOf(check));
    const test = tests[name];
    assert(test !== undefined, `${name} is a check that is known here`);
    return test(check, row);
  }
}

function rulesIn({ Items = [] }: Check): readonly string[] {
  return Items.flatMap(({ ModelRuleId }) => (ModelRuleId === undefined ? [] : [ModelRuleId]));
}

/** A list of allowed values says nothing of null, as in SQL: other rules say whether that may stand there. */
function isUnknown({ CheckFunction, Items = [] }: Check, row: Cells): boolean {
  return CheckFunction === "OR" && Items.every((item) => isAllowedValue(item) && !isThere(row[nameOf(item)]));
}

function isAllowedValue({ CheckFunction, Value }: Check): boolean {
  return CheckFunction === "CheckValue" && typeof Value === "string";
}

function isEmpty(check: Check): boolean {
  return check.CheckFunction === undefined;
}

function isThere(value: string | null | undefined): value is string {
  return value !== null && value !== undefined;
}

function nameOf({ ColumnName = "" }: Check): string {
  return ColumnName;
}

const NUMERIC = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const UNIT = /^(?:\d+ )?(?:[A-Z][A-Za-z]*)(?:-[A-Z][A-Za-z]*)?(?:\/(?:\d+ )?[A-Z][A-Za-z]*)?$/;
const CURRENCY = /^[A-Z]{3}$/;

const matches = (pattern: RegExp) => (check: Check, row: Cells) => {
  const value = row[nameOf(check)];
  return !isThere(value) || pattern.test(value);
};

const tests: Readonly<Record<string, (check: Check, row: Cells) => boolean>> = {
  CheckValue: (check, row) => isValue(check, row),
  CheckNotValue: (check, row) => !isValue(check, row),
  CheckSameValue: ({ ColumnAName = "", ColumnBName = "" }, row) => row[ColumnAName] === row[ColumnBName],
  CheckNotSameValue: ({ ColumnAName = "", ColumnBName = "" }, row) => row[ColumnAName] !== row[ColumnBName],
  CheckDecimalValue: matches(NUMERIC),
  TypeDecimal: matches(NUMERIC),
  FormatNumeric: matches(NUMERIC),
  TypeString: () => true,
  // Nothing around it and nothing in it that cannot be seen.
  FormatString: matches(/^(?=\S)[^\p{Cc}]*(?<=\S)$/u),
  TypeDateTime: matches(TIME),
  FormatDateTime: matches(TIME),
  FormatUnit: matches(UNIT),
  FormatCurrency: matches(CURRENCY),
  CheckNationalCurrency: (check, row) => Intl.supportedValuesOf("currency").includes(row[nameOf(check)] ?? ""),
  FormatKeyValue: (check, row) => isKeyValue(row[nameOf(check)]),
  CheckGreaterOrEqualThanValue: (check, row) => {
    const value = row[nameOf(check)];
    return !isThere(value) || Number(value) >= Number(check.Value);
  },
  ColumnByColumnEqualsColumnValue: ({ ColumnAName = "", ColumnBName = "", ResultColumnName = "" }, row) => {
    const [left, right, product] = [row[ColumnAName], row[ColumnBName], row[ResultColumnName]];
    if (!isThere(left) || !isThere(right)) return true;
    return isThere(product) && scaled(left) * scaled(right) === scaled(product) * SCALE;
  },
};

function isValue(check: Check, row: Cells): boolean {
  const value = row[nameOf(check)] ?? null;
  if (typeof check.Value !== "number") return value === (check.Value ?? null);
  return value !== null && scaled(value) === scaled(String(check.Value));
}

const PLACES = 30;
const SCALE = 10n ** BigInt(PLACES);

/** An exact decimal in steps of 10^-30. */
function scaled(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  assert(NUMERIC.test(text) && fraction.length <= PLACES, `${text} is a plain decimal`);
  const size = BigInt(whole + fraction.padEnd(PLACES, "0"));
  return text.startsWith("-") ? -size : size;
}

function isKeyValue(text: string | null | undefined): boolean {
  if (!isThere(text)) return true;
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return false;
  return Object.values(parsed).every(
    (value) => ["string", "number", "boolean"].includes(typeof value) || value === null,
  );
}
