import { type Cloud, type FormatName } from "#inference";
import { vertexEmbeddings } from "./gemini/vertex-embeddings.ts";
import { addMembers, cutMembers, listMembers } from "./json-members.ts";
import { applySplices } from "./splice.ts";
import { type Endpoint } from "./ask-source.ts";
import { type TargetFormat } from "./wire-format.ts";

type Vertex = Extract<Cloud, { type: "vertex" }>;

/**
 * Gemini's format, or Anthropic's, as Vertex AI serves it: below a project and a location, or for Gemini below neither with
 * a key of express mode. With an identity the credential is a token, and goes where tokens go.
 */
export function onVertex(format: TargetFormat, cloud: Vertex): TargetFormat {
  const { project, location, identity } = cloud;
  const place = project === undefined ? "" : `/projects/${project}/locations/${location}`;
  const placed: TargetFormat = {
    ...format,
    defaultBaseUrl: baseUrl(project === undefined ? "global" : location),
    credentialHeaders: (secret) =>
      identity === undefined ? ["x-goog-api-key", secret.reveal()] : ["authorization", `Bearer ${secret.reveal()}`],
    upstreamPath(source, model) {
      const path = format.upstreamPath(source, model);
      // The version that Google's own SDK asks for.
      return path.replace(/^\/v1beta\/models\//, `/v1beta1${place}/publishers/google/models/`);
    },
  };
  return ofAnthropic.has(format.name)
    ? messagesOnVertex(placed, place)
    : { ...placed, countsFlat: true, embeddings: vertexEmbeddings };
}

const ofAnthropic: ReadonlySet<FormatName> = new Set(["anthropic"]);

/** Claude's messages: the model moves from the body to the path, and the version from a header to the body. */
function messagesOnVertex(format: TargetFormat, place: string): TargetFormat {
  return {
    ...format,
    // platform.claude.com, "Mid-conversation system messages": not on Vertex AI.
    takesInstructionsFirst: true,
    upstreamPath({ endpoint, parameters }, model, isStream) {
      const named = encodeURIComponent(countsTokens(endpoint) ? "count-tokens" : (model ?? parameters["model"] ?? ""));
      return `/v1${place}/publishers/anthropic/models/${named}:${isStream === true ? "streamRawPredict" : "rawPredict"}`;
    },
    placed: (body, endpoint) => withVersion(body, countsTokens(endpoint) ? [] : ["model"]),
  };
}

function countsTokens({ operation }: Endpoint): boolean {
  return operation === "count-tokens";
}

const VERSION = "anthropic_version";
const VERSION_MEMBER = `"${VERSION}":"vertex-2023-10-16"`;

function withVersion(body: Buffer, cut: readonly string[]): Buffer {
  const from = body.indexOf("{");
  const members = listMembers(body, from);
  const cuts = cutMembers(members, ({ key }) => key === VERSION || cut.includes(key));
  const hasOthers = members.some(({ key }) => key !== VERSION && !cut.includes(key));
  return applySplices(body, [...addMembers(from, hasOthers, [VERSION_MEMBER]), ...cuts]);
}

/** Multi-regions have hosts of their own kind. */
function baseUrl(location: string): string {
  if (location === "global") return "https://aiplatform.googleapis.com";
  if (location === "eu" || location === "us") return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}
