/** Whoever gives out credentials, played for tests, and a gateway's part that asks it; its clock can be moved on. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Identity } from "#inference";
import { type Provider } from "#routing";
import { instant } from "#units";
import { realWorld, type World } from "#world";
import { Credentials } from "../credentials.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export class StandIn {
  readonly asked: Asked[] = [];
  readonly logged: string[] = [];
  readonly world: World;
  readonly credentials: Credentials;
  /** `number`: how many were asked, with this one. `now`: by the moved clock. */
  says: (asked: Asked, number: number, now: number) => Said = () => ({ status: 500, body: "" });
  origin = "";
  readonly #server: Server;
  readonly #folder = mkdtempSync(join(tmpdir(), "tare-identity-"));
  #laterMs = 0;

  private constructor() {
    const world = realWorld();
    const clock = {
      ...world.clock,
      now: () => instant(world.clock.now() + this.#laterMs),
      monotonicMs: () => world.clock.monotonicMs() + this.#laterMs,
    };
    this.world = { ...world, clock };
    this.credentials = new Credentials(this.world, (...line) => this.logged.push(JSON.stringify(line)));
    this.#server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const { method = "", url = "", headers } = incoming;
        const asked = { method, url, headers, body: Buffer.concat(chunks).toString() };
        this.asked.push(asked);
        const said = this.says(asked, this.asked.length, clock.now());
        response.writeHead(said.status ?? 200, said.headers).end(said.body);
      });
    });
  }

  static async start(): Promise<StandIn> {
    const made = new StandIn();
    const listening = await made.world.network.listen(made.#server, { host: "127.0.0.1", port: 0, shared: false });
    made.origin = `http://127.0.0.1:${listening.ok ? listening.value.port : 0}`;
    made.world.network.allow([], [made.origin]);
    return made;
  }

  later(ms: number): void {
    this.#laterMs += ms;
  }

  /** The path of a file that holds this now. */
  file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  provider(identity: Identity): Provider {
    return {
      name: "cloud",
      format: "bedrock",
      origin: this.origin,
      basePath: "",
      apiKey: undefined,
      prices: "aws",
      region: undefined,
      onClientGone: "cancel",
      trace: false,
      streamUsage: true,
      cloud: { type: "aws", region: "eu-central-1", accessKey: undefined, identity },
    };
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What an access key or a token says when it is written down, for comparison. */
export function revealed(credential: ReturnType<Credentials["current"]>): readonly string[] {
  if (credential === undefined) return [];
  if (credential.type === "token") return [credential.token.reveal()];
  const { id, secret, sessionToken } = credential.accessKey;
  return [id.reveal(), secret.reveal(), sessionToken?.reveal() ?? ""];
}

export const SESSION = {
  AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
  SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  Token: "session-token-canary",
};

/** As STS writes it. */
export function stsAnswer(expiration: string, { Token: token } = SESSION): string {
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>system:serviceaccount:tare:gateway</SubjectFromWebIdentityToken>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/tare/tare</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:tare</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>${token}</SessionToken>
      <SecretAccessKey>${SESSION.SecretAccessKey}</SecretAccessKey>
      <Expiration>${expiration}</Expiration>
      <AccessKeyId>${SESSION.AccessKeyId}</AccessKeyId>
    </Credentials>
    <Provider>https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`;
}
