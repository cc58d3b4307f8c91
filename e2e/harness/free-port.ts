import { createServer } from "node:net";

/** Below those that systems give to connections that go out and to listeners on port 0: nobody takes it by chance. */
const FIRST = 10_000;
const COUNT = 20_000;

/** A port that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((tried) => {
    server.once("error", () => tried(false));
    server.listen(port, "127.0.0.1", () => tried(true));
  });
  if (isListening) await new Promise((closed) => server.close(closed));
  return isListening;
}
