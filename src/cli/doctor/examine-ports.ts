import { createServer } from "node:http";
import { listenOrigin } from "#app";
import { type Config } from "#config";
import { type World } from "#world";
import { fine, type Finding, problem, unknown, warning } from "./finding.ts";
import { probe } from "./probe.ts";

/** Each port: free, in use by a Tare that answers, or taken by something else. */
export async function examinePorts(world: World, { listen }: Config): Promise<readonly Finding[]> {
  const { port, controlPort, otlpPort } = listen;
  return Promise.all([
    examinePort(world, { listen, port, subject: "data plane" }),
    examinePort(world, { listen, port: controlPort, subject: "control port" }),
    ...(otlpPort === undefined ? [] : [examinePort(world, { listen, port: otlpPort, subject: "port for spans" })]),
  ]);
}

async function examinePort(
  world: World,
  { listen, port, subject }: { readonly listen: Config["listen"]; readonly port: number; readonly subject: string },
): Promise<Finding> {
  const { host } = listen;
  if (port === 0) return warning(subject, "port 0: another one at each start, so no client finds it again");
  const server = createServer();
  const listening = await world.network.listen(server, { host, port, shared: false });
  if (listening.ok) {
    await new Promise((closed) => server.close(closed));
    return fine(subject, `${host}:${port} is free`);
  }
  if (listening.error.type === "listen-failed")
    return problem(subject, `${host}:${port} cannot be listened on: ${listening.error.detail}`);
  const answer = await probe(world, listenOrigin(listen, port), "/healthz");
  // A certificate is made for the name that clients use, which is seldom the address that is asked here.
  if (answer.type === "silent" && answer.problem === "tls-failed")
    return unknown(subject, `${host}:${port} is in use by something with a certificate that is not for this address`);
  return answer.type === "answered" && answer.status === 200
    ? fine(subject, `${host}:${port} is in use by something healthy, a running Tare by its looks`)
    : problem(subject, `${host}:${port} is taken by something else; end that, or choose another port`);
}
