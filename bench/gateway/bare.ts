/** The least that a gateway on this runtime costs: `node:http` and undici, bytes passed through, nothing read or kept. */
import { createServer } from "node:http";
import { Pool } from "undici";

const [upstream, port] = process.argv.slice(2).map(Number);
const pool = new Pool(`http://127.0.0.1:${upstream}`, { connections: 256 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    pool.dispatch(
      {
        method: "POST",
        path: request.url ?? "/",
        headers: ["content-type", "application/json", "authorization", "Bearer sk-bench"],
        body: Buffer.concat(chunks),
      },
      {
        onConnect: () => undefined,
        onHeaders(status, headers) {
          response.writeHead(
            status,
            headers.map((value) => value.toString("latin1")),
          );
          return true;
        },
        onData: (chunk) => response.write(chunk) || true,
        onComplete: () => void response.end(),
        onError: () => response.destroy(),
      },
    );
  });
});
server.listen(port, "127.0.0.1");
