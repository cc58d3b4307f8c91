import { type Cloud } from "#inference";
import { type TargetFormat } from "./wire-format.ts";

/**
 * Gemini's format as Vertex AI serves it: below a project and a location, or below neither with a key of express mode. With
 * a service account the credential is a token, and goes where tokens go.
 */
export function onVertex(format: TargetFormat, cloud: Extract<Cloud, { type: "vertex" }>): TargetFormat {
  const { project, location, account } = cloud;
  const place = project === undefined ? "" : `/projects/${project}/locations/${location}`;
  return {
    ...format,
    defaultBaseUrl: baseUrl(project === undefined ? "global" : location),
    credentialHeaders: (secret) =>
      account === undefined ? ["x-goog-api-key", secret.reveal()] : ["authorization", `Bearer ${secret.reveal()}`],
    upstreamPath(source, model) {
      const path = format.upstreamPath(source, model);
      return path.replace(/^\/v1beta\/models\//, `/v1${place}/publishers/google/models/`);
    },
  };
}

/** Multi-regions have hosts of their own kind. */
function baseUrl(location: string): string {
  if (location === "global") return "https://aiplatform.googleapis.com";
  if (location === "eu" || location === "us") return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}
