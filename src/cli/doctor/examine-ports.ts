import { createServer } from "node:http";
import { type Config } from "#config";
import { type World } from "#world";
import { fine, type Finding, problem, warning } from "./finding.ts";
import { probe } from "./probe.ts";

/** Both ports: free, in use by a Tare that answers, or taken by something else. */
export async function examinePorts(world: World, { listen }: Config): Promise<readonly Finding[]> {
  const { host, port, controlPort } = listen;
  return Promise.all([
    examinePort(world, { host, port, subject: "data plane" }),
    examinePort(world, { host, port: controlPort, subject: "control port" }),
  ]);
}

async function examinePort(
  world: World,
  { host, port, subject }: { readonly host: string; readonly port: number; readonly subject: string },
): Promise<Finding> {
  if (port === 0) return warning(subject, "port 0: another one at each start, so no client finds it again");
  const server = createServer();
  const listening = await world.network.listen(server, { host, port, shared: false });
  if (listening.ok) {
    await new Promise((closed) => server.close(closed));
    return fine(subject, `${host}:${port} is free`);
  }
  if (listening.error.type === "listen-failed")
    return problem(subject, `${host}:${port} cannot be listened on: ${listening.error.detail}`);
  const answer = await probe(world, originOf(host, port), "/healthz");
  return answer.type === "answered" && answer.status === 200
    ? fine(subject, `${host}:${port} is in use by something healthy, a running Tare by its looks`)
    : problem(subject, `${host}:${port} is taken by something else; end that, or choose another port`);
}

/** Where a listener on this address is reached from the machine itself. */
export function originOf(host: string, port: number): string {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}
