import { type ConfigProblem } from "./config-problem.ts";
import { credentialAddressProblem } from "./credential-address.ts";
import { readExternalAccount } from "./external-account.ts";
import { keyBeside, type Look, problemsIn, waysIn } from "./provider-look.ts";
import { readServiceAccount } from "./service-account.ts";

const ways = {
  service_account: ["service_account"],
  external_account: ["external_account"],
  metadata: ["metadata"],
} as const;

/** A way to be known to Google that is missing, one too many, incomplete or unsafe. */
export function vertexProblems(look: Look): readonly ConfigProblem[] {
  const { at, told } = look;
  if (at("vertex") === undefined) return [];
  const { given, problems } = waysIn(look, "vertex", ways);
  const [way] = given;
  if (way === undefined) return missingWay(look);
  const lacksProject = at("vertex", "project") === undefined;
  return [
    ...problems,
    ...keyBeside(look, `vertex.${way}`),
    ...(lacksProject ? [told(["vertex"], "missing_field", `project is missing: ${needsProject(way)}`)] : []),
    ...fileProblems(look),
    ...problemsIn(look, ["vertex", "metadata", "url"], (text) => credentialAddressProblem(text, { isOfMachine: true })),
  ];
}

function needsProject(way: string): string {
  return way === "service_account" ? "a service account needs to know which" : `${way} needs to know which`;
}

/** Express mode serves Gemini alone. */
function missingWay({ at, told }: Look): readonly ConfigProblem[] {
  const hasKey = at("api_key") !== "none";
  if ((hasKey && at("format") === "gemini") || at("base_url") !== undefined) return [];
  const message = "set service_account, external_account or metadata, or for Gemini a key of Vertex AI's as api_key";
  return [told(["vertex"], "missing_field", message)];
}

const readers = { service_account: readServiceAccount, external_account: readExternalAccount } as const;

function fileProblems({ told, secretAt }: Look): readonly ConfigProblem[] {
  return (["service_account", "external_account"] as const).flatMap((field) => {
    const text = secretAt("vertex", field);
    const read = text === undefined ? undefined : readers[field](text);
    return read === undefined || read.ok ? [] : [told(["vertex", field], "invalid_secret", read.error)];
  });
}
