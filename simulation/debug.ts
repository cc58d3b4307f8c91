import * as room from "#budget";
import { runSeed } from "./run-seed.ts";
import { AuthoritySite } from "./authority-site.ts";
const seed = Number(process.argv[2]);
const lines: string[] = [];
const show = (v: unknown) => JSON.stringify(v, (_, x: unknown) => (typeof x === "bigint" ? `${x}` : x));
class A extends room.EmbeddedAuthority {
  constructor(t: never, port: any) {
    super(t, {
      ...port,
      send: (h: string, m: any) => {
        lines.push(`TO ${h} ${show(m)}` + (m.type === "denial" ? this.checkpoint() : ""));
        port.send(h, m);
      },
    });
  }
  override receive(m: any, now: never) {
    lines.push(`FROM ${show(m)}`);
    super.receive(m, now);
  }
  override lose(h: string) {
    lines.push(`LOSE ${h}`);
    super.lose(h);
  }
  override reclaim(h: string, t: never, now: never) {
    lines.push(`RECLAIM ${h} ${show(t)}`);
    super.reclaim(h, t, now);
  }
}
const result = runSeed({ ...room, EmbeddedAuthority: A as never }, seed);
void AuthoritySite;
if (!result.isSound) console.log(lines.slice(-Number(process.argv[3] ?? 40)).join("\n"), result.problem);
