import { configJsonSchema } from "./config-file.ts";
import { asSchema, type JsonSchema } from "./schema-fields.ts";

export interface ConfigDocs {
  /** For tare.schema.json. */
  readonly schema: JsonSchema;
  /** Every field, as a table in Markdown. */
  readonly table: string;
}

/** What is published about tare.yaml, from the same schema that reads it. */
export function configDocs(): ConfigDocs {
  const schema = configJsonSchema();
  const head = ["| field | type | default | what it does |", "|---|---|---|---|"];
  return { schema, table: [...head, ...fieldRows(schema, "")].join("\n") };
}

function fieldRows(schema: JsonSchema, prefix: string): readonly string[] {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const fields = Object.entries(asSchema(schema["properties"]) ?? {});
  return fields.flatMap(([name, value]) => {
    const field = asSchema(value) ?? {};
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const fallback = required.includes(name) ? "required" : defaultText(field["default"]);
    const does = textOf(field["description"]).replaceAll("|", "\\|");
    return [`| \`${path}\` | ${typeText(field)} | ${fallback} | ${does} |`, ...innerRows(field, path)];
  });
}

function innerRows(field: JsonSchema, path: string): readonly string[] {
  // What may be written in several forms has the fields of each.
  if (Array.isArray(field["anyOf"])) return field["anyOf"].flatMap((form) => innerRows(asSchema(form) ?? {}, path));
  const items = asSchema(field["items"]);
  const values = asSchema(field["additionalProperties"]);
  if (items !== undefined) return fieldRows(items, `${path}[]`);
  if (values !== undefined) return fieldRows(values, `${path}.NAME`);
  return fieldRows(field, path);
}

function defaultText(value: unknown): string {
  return textOf(value) === "" ? "" : `\`${textOf(value)}\``;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function typeText(field: JsonSchema): string {
  if (field["title"] !== undefined) return textOf(field["title"]);
  if (Array.isArray(field["enum"])) return field["enum"].map((value) => `\`${String(value)}\``).join(" ");
  if (field["const"] !== undefined) return `\`${textOf(field["const"])}\``;
  if (Array.isArray(field["anyOf"]))
    return [...new Set(field["anyOf"].map((each) => typeText(asSchema(each) ?? {})))].join(" or ");
  switch (field["type"]) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "boolean":
      return "true or false";
    case "array":
      return "list";
    case "object":
      return "section";
    default:
      return "";
  }
}
