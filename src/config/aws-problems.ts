import { type ConfigProblem } from "./config-problem.ts";
import { credentialAddressProblem } from "./credential-address.ts";
import { keyBeside, type Look, problemsIn, tokenFileProblem, waysIn } from "./provider-look.ts";
import { containerUrl } from "./to-identity.ts";

const ways = {
  access_key_id: ["access_key_id", "secret_access_key", "session_token"],
  web_identity: ["web_identity"],
  container: ["container"],
  instance: ["instance"],
} as const;

/** A way to be known to AWS that is missing, one too many, incomplete or unsafe. */
export function awsProblems(look: Look): readonly ConfigProblem[] {
  const { given, problems } = waysIn(look, "aws", ways);
  const [way] = given;
  if (way === undefined) return missingWay(look);
  const inSection = [...problems, ...accessKeyProblems(look), ...identityProblems(look)];
  if (given.length === 1 && way === "access_key_id") {
    if (inSection.length > 0 || look.at("api_key") === "none") return inSection;
    return [look.told(["api_key"], "invalid_value", "has to be none where requests are signed with aws.access_key_id")];
  }
  return [...inSection, ...keyBeside(look, `aws.${way}`)];
}

function missingWay({ at, told }: Look): readonly ConfigProblem[] {
  if (at("aws", "region") === undefined || at("api_key") !== "none" || at("base_url") !== undefined) return [];
  const message =
    "set access_key_id and secret_access_key, web_identity, container or instance, or an API key of Bedrock's as api_key";
  return [told(["aws"], "missing_field", message)];
}

function accessKeyProblems({ at, told }: Look): readonly ConfigProblem[] {
  const given = ways.access_key_id.filter((field) => at("aws", field) !== undefined);
  const isWhole = given.includes("access_key_id") && given.includes("secret_access_key");
  if (given.length === 0 || isWhole) return [];
  return [told(["aws"], "missing_field", "access_key_id and secret_access_key belong together")];
}

const ROLE = /^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,1024}$/;

function identityProblems(look: Look): readonly ConfigProblem[] {
  const hasTwoTokens = ["token", "token_file"].every((field) => look.at("aws", "container", field) !== undefined);
  return [
    ...problemsIn(look, ["aws", "web_identity", "role"], roleProblem),
    ...problemsIn(look, ["aws", "web_identity", "token_file"], tokenFileProblem),
    ...problemsIn(look, ["aws", "web_identity", "sts_url"], (text) =>
      credentialAddressProblem(text, { isOfMachine: false }),
    ),
    ...problemsIn(look, ["aws", "container", "url"], (text) =>
      credentialAddressProblem(containerUrl(text), { isOfMachine: true }),
    ),
    ...problemsIn(look, ["aws", "container", "token_file"], tokenFileProblem),
    ...problemsIn(look, ["aws", "instance", "url"], (text) => credentialAddressProblem(text, { isOfMachine: true })),
    ...(hasTwoTokens
      ? [look.told(["aws", "container"], "invalid_value", "token and token_file are one too many; keep one of them")]
      : []),
  ];
}

function roleProblem(text: string): string | undefined {
  return ROLE.test(text) ? undefined : "the ARN of a role is written as arn:aws:iam::123456789012:role/NAME";
}
