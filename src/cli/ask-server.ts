/** How a command finds a running Tare, asks it, and says what went wrong. */
import { join, resolve } from "node:path";
import { type Result, unreachable } from "#std";
import { Secret } from "#units";
import { ApiClient, type ApiProblem } from "./api-client.ts";
import { type Asked } from "./command.ts";
import { type ExitCode, exitCodes, printable, type Terminal, usageProblem } from "./terminal.ts";

export const serverOptions = {
  url: { takes: "URL", says: "Where the control API is; else TARE_URL, else http://127.0.0.1:4001." },
  token: { takes: "TOKEN", says: "Its token; else TARE_TOKEN, else secrets/admin-token in the data folder." },
  data: { takes: "FOLDER", says: "The data folder; else TARE_DATA, else ./tare-data, or ./tare-demo of a demo." },
} as const;

const DEFAULT_URL = "http://127.0.0.1:4001";
/** In this order: a token that the first one's Tare knows is never tried anywhere else. */
export const defaultFolders = { data: "./tare-data", demo: "./tare-demo" } as const;
const TOKEN_BYTES_MAX = 512;
const UNAUTHORIZED = 401;

/** Asks, and lets `show` print the answer; prints the problem and gives its exit code otherwise. */
export async function askServer<Answer>(
  asked: Asked,
  ask: (client: ApiClient) => Promise<Result<Answer, ApiProblem>>,
  show: (answer: Answer) => void,
): Promise<ExitCode> {
  const { terminal, world, given, env } = asked;
  const origin = originOf(given.one("url") ?? env["TARE_URL"] ?? DEFAULT_URL);
  if (origin === undefined)
    return usageProblem(terminal, "--url: write where Tare listens, such as http://127.0.0.1:4001");
  const [first, ...others] = findTokens(asked);
  const askWith = async (token: Secret | undefined) => {
    const client = new ApiClient(world, { origin, token });
    const answer = await ask(client);
    await client.close();
    return answer;
  };
  let answer = await askWith(first);
  for (const token of others) if (isTokenUnknown(answer)) answer = await askWith(token);
  if (!answer.ok) return tell(terminal, answer.error);
  show(answer.value);
  return exitCodes.fine;
}

function isTokenUnknown(answer: Result<unknown, ApiProblem>): boolean {
  return !answer.ok && answer.error.type === "refused" && answer.error.status === UNAUTHORIZED;
}

function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "") return undefined;
  return url.origin;
}

function findTokens({ given, env, world }: Asked): readonly Secret[] {
  const token = given.one("token") ?? env["TARE_TOKEN"];
  if (token !== undefined) return secretsOf([token]);
  const folder = given.one("data") ?? env["TARE_DATA"];
  return secretsOf((folder === undefined ? Object.values(defaultFolders) : [folder]).map(readToken));

  function readToken(from: string): string | undefined {
    return world.disk
      .read(join(resolve(from), "secrets", "admin-token"), 0, TOKEN_BYTES_MAX)
      ?.toString("utf8")
      .trim();
  }
}

function secretsOf(texts: readonly (string | undefined)[]): readonly Secret[] {
  return texts.flatMap((text) => (text === undefined || text === "" ? [] : [new Secret(text)]));
}

function tell(terminal: Terminal, problem: ApiProblem): ExitCode {
  terminal.error(`tare: ${printable(sentence(problem))}\n`);
  if (problem.type === "refused") {
    for (const { path, detail } of problem.problem.fields ?? [])
      terminal.error(printable(`  ${path}: ${detail}`) + "\n");
  }
  return exitCodes.problem;
}

function sentence(problem: ApiProblem): string {
  switch (problem.type) {
    case "unreachable":
      return problem.problem === "connect-refused"
        ? `nothing listens at ${problem.url}. Start Tare with \`tare up\` or \`tare demo\`, or say where it is with --url.`
        : `${problem.url} cannot be reached (${problem.problem}). Say where Tare is with --url.`;
    case "refused":
      return problem.status === UNAUTHORIZED
        ? "the token is missing or not known here. Give it with --token or TARE_TOKEN, or the data folder with --data."
        : `${problem.problem.detail} (${problem.problem.code})`;
    case "not-understood":
      return `the answer to ${problem.path} (status ${problem.status}) is not of this version of Tare. Is --url right?`;
    default:
      return unreachable(problem);
  }
}
