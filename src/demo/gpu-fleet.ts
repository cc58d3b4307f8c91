/** A fleet of GPUs that nobody has: what its exporters of GPUs and its inference server would say, on a port of its own. */
import { createServer } from "node:http";
import { assert } from "#std";
import { type Instant } from "#units";
import { type World } from "#world";
import { Random } from "./random.ts";

export interface GpuFleet {
  /** The section `meters` of a tare.yaml. */
  readonly meters: readonly object[];
  close(): Promise<void>;
}

const GPUS = 4;
const MODEL = "llama-3.1-8b-instruct";
/** Load rises and falls so that some minutes of watching show both. */
const WAVE_MS = 20 * 60_000;
const LOAD_MEAN = 0.45;
const LOAD_SWING = 0.35;
/** Of the whole fleet under full load, each second. */
const TOKENS_OUT = 2400;
const TOKENS_IN_OF_OUT = 3;
const TOKENS_OUT_OF_REQUEST = 260;

/** What the server has done since it started: counted on from scrape to scrape, as a server counts. */
class Work {
  readonly #startedAt: Instant;
  readonly #random: Random;
  #at: Instant;
  #tokensOut = 0;

  constructor(at: Instant, random: Random) {
    [this.#startedAt, this.#at, this.#random] = [at, at, random];
  }

  /** Share of the fleet that works now. */
  moveOn(now: Instant): number {
    const wave = Math.sin((2 * Math.PI * (now - this.#startedAt)) / WAVE_MS);
    const load = Math.min(1, Math.max(0, LOAD_MEAN + LOAD_SWING * wave + 0.1 * (this.#random.fraction() - 0.5)));
    this.#tokensOut += Math.round((load * TOKENS_OUT * Math.max(0, now - this.#at)) / 1000);
    this.#at = now;
    return load;
  }

  toText(load: number): string {
    const of = `{model_name="${MODEL}"}`;
    const requests = Math.floor(this.#tokensOut / TOKENS_OUT_OF_REQUEST);
    return [
      // It was there before anybody looked.
      `process_start_time_seconds ${this.#startedAt / 1000 - 3600}`,
      `vllm:num_requests_running${of} ${Math.round(load * 48)}`,
      `vllm:prompt_tokens_total${of} ${this.#tokensOut * TOKENS_IN_OF_OUT}`,
      `vllm:generation_tokens_total${of} ${this.#tokensOut}`,
      `vllm:request_success_total{model_name="${MODEL}",finished_reason="stop"} ${requests}`,
      "",
    ].join("\n");
  }
}

/** One GPU after the other takes what there is to do. */
function gpuText(load: number): string {
  const active = Array.from({ length: GPUS }, (_, gpu) => Math.min(1, Math.max(0, load * GPUS - gpu)));
  return active
    .map((share, gpu) => `DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="${gpu}",UUID="GPU-demo-${gpu}"} ${share.toFixed(4)}\n`)
    .join("");
}

export async function startGpuFleet(world: World, seed: string): Promise<GpuFleet> {
  const work = new Work(world.clock.now(), new Random(seed, "gpus"));
  const server = createServer((request, response) => {
    const load = work.moveOn(world.clock.now());
    const text = request.url === "/gpus" ? gpuText(load) : request.url === "/vllm" ? work.toText(load) : undefined;
    response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/plain; version=0.0.4" }).end(text);
  });
  const listening = await world.network.listen(server, { host: "127.0.0.1", port: 0, shared: false });
  assert(listening.ok, "the loopback interface has a free port");
  const origin = `http://127.0.0.1:${listening.value.port}`;
  return {
    meters: [
      {
        name: "own-gpus",
        exporters: [{ url: `${origin}/gpus` }, { url: `${origin}/vllm` }],
        every: "5s",
        booked: "5m",
        gpu_hour: [{ rate: "2.40 USD", source: "invented for the demo" }],
        provider: "GPU Rental Ltd.",
      },
    ],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
