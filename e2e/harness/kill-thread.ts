/**
 * Ends one gateway thread at once, as a defect or a lack of memory would, by way of Node's inspector: no code of the
 * product takes part. The product must run with `NODE_OPTIONS=--inspect=127.0.0.1:0`.
 */
import { type Product, until } from "./product.ts";

/** Which of the threads that are up; the number is taken modulo how many there are. */
export async function killThread(product: Product, which: number): Promise<void> {
  // The gateway says where it can be inspected before the office does.
  const urls = [...product.output.matchAll(/Debugger listening on (ws:\S+)/g)].map(([, url]) => url ?? "");
  const url = urls.find((each) => each.length > 0 && !dead.has(each));
  if (url === undefined) throw new Error("the product is not inspectable");
  const socket = new WebSocket(url);
  const sessions: string[] = [];
  const detached = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ id: 1, method: "NodeWorker.enable", params: { waitForDebuggerOnStart: false } }));
    });
    socket.addEventListener("error", () => reject(new Error("the inspector cannot be reached")));
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as FromInspector;
      const { sessionId = "", workerInfo } = message.params ?? {};
      // A gateway thread has one of its own that counts tokens, which is none of those that take calls.
      const isGatewayThread = workerInfo?.url?.includes("/gateway-thread.") === true;
      if (message.method === "NodeWorker.attachedToWorker" && isGatewayThread) sessions.push(sessionId);
      if (message.method === "NodeWorker.detachedFromWorker") detached.add(sessionId);
      if (message.id === 1) resolve();
    });
  });
  // A busy process tells of its threads after it has said that it will; one that starts at this moment is told of later still.
  await until(() => sessions.length > 0, "the inspector knows a thread");
  const sessionId = sessions[which % sessions.length] ?? "";
  const exit = { id: 1, method: "Runtime.evaluate", params: { expression: "process.exit(9)" } };
  const params = { sessionId, message: JSON.stringify(exit) };
  socket.send(JSON.stringify({ id: 2, method: "NodeWorker.sendMessageToWorker", params }));
  // A thread that is busy reads it later, and not at all once the inspector has left.
  await until(() => detached.has(sessionId), "the thread has ended");
  socket.close();
}

interface FromInspector {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly workerInfo?: { readonly url?: string } };
}

const dead = new Set<string>();

/** After the whole gateway was killed: its inspector is gone too. */
export function forgetInspectors(product: Product): void {
  for (const [, url] of product.output.matchAll(/Debugger listening on (ws:\S+)/g)) dead.add(url ?? "");
}
