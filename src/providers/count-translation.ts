import { type FormatName } from "#inference";
import { err, ok, type Result } from "#std";
import { anthropicCounting } from "./anthropic/count-tokens.ts";
import { bedrockCounting } from "./bedrock/count-tokens.ts";
import { type DecodedPrompt } from "./conversation.ts";
import { dialectOf } from "./dialects.ts";
import { geminiCounting } from "./gemini/count-tokens.ts";
import { HeldAnswerReader, parsedAnswer } from "./held-answer.ts";
import { withoutIdleChoice } from "./idle-choice.ts";
import { namesOf } from "./losses.ts";
import { countLocally } from "./openai-chat/count-locally.ts";
import { openaiCounting } from "./openai-responses/count-tokens.ts";
import { type ClientCounting, type TokenCounting } from "./token-counting.ts";
import { answerHeaders, JSON_TYPE, requestHeaders } from "./translated-wire.ts";
import { type Translation, type TranslationProblem, type TranslationTask } from "./translation-task.ts";
import { isUnsaid, nothingLeft } from "./unsaid.ts";
import { isObject } from "./usage-counts.ts";
import { type AnswerReader } from "./wire-format.ts";

const ofClients: Readonly<Record<FormatName, ClientCounting | undefined>> = {
  openai: openaiCounting,
  anthropic: anthropicCounting,
  gemini: geminiCounting,
  bedrock: undefined,
};

const ofTargets: Readonly<Record<FormatName, TokenCounting>> = {
  openai: openaiCounting,
  anthropic: anthropicCounting,
  gemini: geminiCounting,
  bedrock: bedrockCounting,
};

/**
 * Asks a target of another format how many tokens a prompt has. Where the target has nowhere to ask, they are counted here if
 * that is exact. Undefined where the target takes the client's bytes as they are.
 */
export function translateCount(task: TranslationTask): Result<Translation | undefined, TranslationProblem> {
  const { client, source, format, target, dialect: name, mayDrop } = task;
  const from = ofClients[client.name];
  if (client.name === format.name && canBeAsked(task)) return ok(undefined);
  if (from === undefined) return err({ type: "unsupported_field", field: source.endpoint.path });
  const decoded = from.conversation.decodePrompt(from.open(source));
  if (!decoded.ok) return decoded;
  const to = ofTargets[format.name];
  if (!canBeAsked(task)) return countHere(task, from, decoded.value);
  const { prompt, losses: read } = withoutIdleChoice(decoded.value);
  const { takesInstructionsFirst } = format;
  const encoded = to.conversation.encodePrompt(prompt, {
    ...target,
    dialect: dialectOf(name),
    takesInstructionsFirst,
  });
  const losses = [...read, ...encoded.losses];
  const lost = losses.find(({ isHint }) => !isHint);
  if (lost !== undefined && !mayDrop) return err({ type: "unsupported_field", field: lost.field });
  if (isUnsaid({ to: to.conversation, encoded })) return err(nothingLeft(from.conversation));
  const asked = to.ask(encoded.body, { model: target.model, isFlat: format.countsFlat === true });
  return assemble(task, { from, to, body: Buffer.from(JSON.stringify(asked)), dropped: namesOf(losses) });
}

/** Of the servers that speak OpenAI's format, only OpenAI's own is known to count. */
function canBeAsked({ client, format, dialect }: TranslationTask): boolean {
  if (format.name !== "openai") return true;
  if (format.cannotCount === true) return false;
  return dialect === "openai" || (client.name === format.name && dialect === undefined);
}

interface Way {
  readonly from: ClientCounting;
  readonly to: TokenCounting;
  readonly body: Buffer;
  readonly dropped: readonly string[];
}

function assemble(task: TranslationTask, way: Way): Result<Translation, TranslationProblem> {
  const { client, format, target } = task;
  const { to, body, dropped } = way;
  const endpoint = format.endpoints.find(({ path }) => path === to.path);
  if (endpoint === undefined) return err({ type: "unsupported_field", field: to.path });
  const parameters = endpoint.modelParameter === undefined ? {} : { [endpoint.modelParameter]: target.model };
  const query = new URLSearchParams();
  const ask = format.readAsk({ endpoint, parameters, query, contentType: JSON_TYPE, body });
  if (!ask.ok) return ask;
  return ok({
    format: {
      ...format,
      forwardedHeaders: [],
      upstreamPath: (asked, model) => format.upstreamPath({ ...asked, query }, model),
      readAnswer: (options) => readCount(format.readAnswer(options), { ...way, task, status: options.status }),
      encodeError: (error) => client.encodeError(error),
      encodeStreamError: (error, options) => client.encodeStreamError(error, options),
    },
    endpoint,
    parameters,
    body,
    ask: ask.value,
    dropped,
    wire: {
      requestHeaders: requestHeaders(JSON_TYPE, to.conversation.headers),
      answerHeaders: (_, headers) => answerHeaders(task, JSON_TYPE, headers),
    },
  });
}

const ANSWER_BYTES_MAX = 64 * 1024;

function readCount(
  reader: AnswerReader,
  { task, from, to, status }: Way & { readonly task: TranslationTask; readonly status: number },
): AnswerReader {
  return new HeldAnswerReader(reader, {
    status,
    bytesMax: ANSWER_BYTES_MAX,
    nothing: "The provider sent no count of tokens.",
    say(body) {
      const answer = parsedAnswer(body);
      const tokens = isObject(answer) ? to.tokensIn(answer) : undefined;
      const isCount = typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0;
      return isCount ? JSON.stringify(from.say(tokens)) : undefined;
    },
    fail: (failed, body) =>
      from.conversation.encodeFailure({
        status: failed,
        failure: to.conversation.decodeFailure(failed, body),
        call: task.call,
      }),
  });
}

/** Fields of a response that its model never reads. */
const UNREAD: ReadonlySet<string> = new Set(["store", "background", "include", "service_tier", "top_logprobs"]);

/**
 * A count that is off by a few tokens is worth less than none: whoever needs one fills a window with it. What goes to its target as it came
 * is counted whole or not at all; what is translated is counted as the target will get it.
 */
function countHere(
  { client, source, format, target, dialect, mayDrop }: TranslationTask,
  from: ClientCounting,
  decoded: DecodedPrompt,
): Result<Translation, TranslationProblem> {
  const { endpoint, parameters } = source;
  const { prompt, losses: read } = withoutIdleChoice(decoded);
  const countable = countLocally(prompt, { ...target, dialect: dialectOf(dialect) });
  if (countable === undefined) return err({ type: "no_token_count" });
  const losses = [...read, ...countable.losses];
  const lost = losses.filter(({ isHint }) => !isHint);
  const isAsItCame = client.name === format.name;
  if (isAsItCame && lost.some(({ field }) => !UNREAD.has(field))) return err({ type: "no_token_count" });
  const [first] = lost;
  if (first !== undefined && !isAsItCame && !mayDrop) return err({ type: "unsupported_field", field: first.field });
  if (countable.texts.length === 0) return err(nothingLeft(from.conversation));
  const ask = client.readAsk(source);
  if (!ask.ok) return ask;
  return ok({
    format: client,
    endpoint,
    parameters,
    body: source.body,
    ask: ask.value,
    dropped: isAsItCame ? [] : namesOf(losses),
    wire: undefined,
    count: {
      texts: countable.texts,
      answer: (ofTexts) => Buffer.from(JSON.stringify(from.say(ofTexts + countable.frames))),
    },
  });
}
