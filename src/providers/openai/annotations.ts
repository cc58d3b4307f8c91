import { type Citation } from "#inference";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { type JsonObject } from "../usage-counts.ts";

/**
 * The pages among an answer's annotations; files are the provider's own, and lead nowhere elsewhere. Responses say of an
 * annotation what chat says inside it. `offset`: characters of the answer before the text that is annotated.
 */
export function readAnnotations(from: JsonObject, offset: number): readonly Citation[] {
  return objectsIn(from, "annotations").flatMap((annotation) => {
    if (textIn(annotation, "type") !== "url_citation") return [];
    const cited = objectIn(annotation, "url_citation") ?? annotation;
    const url = textIn(cited, "url");
    const { start_index: start, end_index: end } = cited;
    if (url === undefined || typeof start !== "number" || typeof end !== "number") return [];
    return [{ url, title: textIn(cited, "title"), from: offset + start, to: offset + end }];
  });
}

export function writeAnnotation({ url, title, from, to }: Citation, offset: number): JsonObject {
  return { url, title: title ?? url, start_index: Math.max(from - offset, 0), end_index: Math.max(to - offset, 0) };
}
