import { type Identity } from "#inference";
import { type Result } from "#std";
import { type Exchange } from "./exchange.ts";
import { type Granted, readTokenAnswer } from "./granted.ts";

const PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/** The account that the machine, the pod or the service runs as; the header is what the metadata server wants to see. */
export async function exchangeMetadata(
  exchange: Exchange,
  { url }: Extract<Identity, { type: "google-metadata" }>,
): Promise<Result<Granted, string>> {
  const headers = ["metadata-flavor", "Google", "accept", "application/json"];
  const answer = await exchange.fetch({ method: "GET", url: url + PATH, headers });
  return answer.ok ? readTokenAnswer(answer.value) : answer;
}
