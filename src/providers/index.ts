/** Wire formats as pure functions: what a request asks for, what an answer cost, and how errors are said. */
export { type BadAsk, type Endpoint } from "./ask-source.ts";
export { type AnswerReader, type Ask, type SpokenError, type WireFormat } from "./wire-format.ts";
export { sayText } from "./say-text.ts";
export { formatAt } from "./format-at.ts";
export { isTranslatable, translate } from "./translation.ts";
export { type Translation } from "./translation-task.ts";
export { wireFormats } from "./wire-formats.ts";
