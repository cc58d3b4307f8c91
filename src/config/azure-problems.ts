import { type ConfigProblem } from "./config-problem.ts";
import { credentialAddressProblem } from "./credential-address.ts";
import { keyBeside, type Look, problemsIn, tokenFileProblem, waysIn } from "./provider-look.ts";

const ways = { entra: ["entra"], managed_identity: ["managed_identity"] } as const;

/** A way to be known to Azure that is missing, one too many, incomplete or unsafe. */
export function azureProblems(look: Look): readonly ConfigProblem[] {
  const { at, told } = look;
  if (at("azure") === undefined) return [];
  const { given, problems } = waysIn(look, "azure", ways);
  const [way] = given;
  if (way === undefined) return [told(["azure"], "missing_field", "set entra or managed_identity")];
  const lacksAddress = at("base_url") === undefined;
  return [
    ...problems,
    ...keyBeside(look, `azure.${way}`),
    ...(lacksAddress
      ? [told([], "missing_field", "base_url is missing: https://NAME.openai.azure.com/openai/v1")]
      : []),
    ...(given.includes("entra") ? entraProblems(look) : []),
    ...problemsIn(look, ["azure", "managed_identity", "url"], (text) =>
      credentialAddressProblem(text, { isOfMachine: true }),
    ),
    ...problemsIn(look, ["azure", "managed_identity", "client"], idProblem),
  ];
}

function entraProblems(look: Look): readonly ConfigProblem[] {
  const proofs = ["client_secret", "token_file"].filter((field) => look.at("azure", "entra", field) !== undefined);
  const message = "set exactly one of client_secret and token_file";
  return [
    ...(proofs.length === 1 ? [] : [look.told(["azure", "entra"], "missing_field", message)]),
    ...problemsIn(look, ["azure", "entra", "tenant"], tenantProblem),
    ...problemsIn(look, ["azure", "entra", "client"], idProblem),
    ...problemsIn(look, ["azure", "entra", "token_file"], tokenFileProblem),
    ...problemsIn(look, ["azure", "entra", "authority"], (text) =>
      credentialAddressProblem(text, { isOfMachine: false }),
    ),
  ];
}

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const DOMAIN = /^[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+$/i;

function idProblem(text: string): string | undefined {
  return ID.test(text) ? undefined : "an id of Entra's is written as 00000000-0000-0000-0000-000000000000";
}

function tenantProblem(text: string): string | undefined {
  return ID.test(text) || DOMAIN.test(text) ? undefined : "write the tenant's id, or a domain of it";
}
