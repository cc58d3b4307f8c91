/**
 * A process that ends by itself waits for the threads of its pool, and one of them may wait for an answer that only this one
 * could give: DuckDB's, while it takes rows in. So an end that nobody asked for is made as if by `kill -9`, which the stores are
 * made for. `isNeeded` is asked when the process ends with anything but 0.
 */
export function dieAtOnce(isNeeded: () => boolean): void {
  // Node would say why only behind this end.
  process.on("uncaughtExceptionMonitor", (error) => {
    if (isNeeded()) process.stderr.write(`${error.stack ?? String(error)}\n`);
  });
  process.on("exit", (code) => {
    if (code !== 0 && isNeeded()) process.kill(process.pid, "SIGKILL");
  });
}
