import { objectsIn, textIn } from "../json-values.ts";
import { type CountLocally } from "../token-counting.ts";
import { encodePrompt } from "./encode-prompt.ts";

const TOKENS_OF_MESSAGE = 3;
/** The answer is begun for the model. */
const TOKENS_OF_ANSWER = 3;

/**
 * OpenAI's frames around the messages of a chat, which its cookbook gives for models that do not reason. Recorded answers
 * confirm it, and that models that reason begin their answer with one token less; what stands around an
 * earlier answer of theirs is not known. What tools, schemas and pictures make of a prompt is not published.
 */
export const countLocally: CountLocally = (prompt, target) => {
  if (prompt.tools.length > 0 || prompt.output !== undefined) return undefined;
  const family = familyOf(target.model);
  const isReplied = prompt.turns.some(({ role }) => role === "assistant");
  if (family === undefined || (family === "reasoning" && isReplied)) return undefined;
  const texts: string[] = [];
  const { body, losses } = encodePrompt(prompt, target);
  const messages = objectsIn(body, "messages");
  for (const message of messages) {
    const [role, content] = [textIn(message, "role"), textIn(message, "content")];
    if (role === undefined || content === undefined || Object.keys(message).length > 2) return undefined;
    texts.push(role, content);
  }
  const begin = TOKENS_OF_ANSWER - (family === "reasoning" ? 1 : 0);
  return { texts, frames: messages.length * TOKENS_OF_MESSAGE + begin, losses };
};

const DATED = String.raw`(?:-\d{4}(?:-\d\d-\d\d)?)?$`;
const plain = new RegExp(`^(?:gpt-4o(?:-mini)?|gpt-4\\.1(?:-mini|-nano)?|gpt-4(?:-turbo)?|gpt-3\\.5-turbo)${DATED}`);
const reasoning = new RegExp(`^(?:o3(?:-mini)?|o4-mini|gpt-5(?:-mini|-nano)?)${DATED}`);

function familyOf(model: string): "plain" | "reasoning" | undefined {
  const name = model.slice(model.lastIndexOf("/") + 1);
  if (plain.test(name)) return "plain";
  return reasoning.test(name) ? "reasoning" : undefined;
}
