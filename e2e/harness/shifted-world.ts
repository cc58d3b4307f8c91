/** Preloaded into the product (`NODE_OPTIONS=--import`): shifts its clock and slows its disk, as the file that is named says. */
import fs, { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const LOOK_MS = 50;
const file = process.env["TARE_TEST_WORLD"] ?? "";
const realNow = Date.now.bind(Date);
let shiftMs = 0;
let syncMs = 0;

function look(): void {
  const said = JSON.parse(readFileSync(file, "utf8")) as { readonly shiftMs?: number; readonly syncMs?: number };
  shiftMs = said.shiftMs ?? 0;
  syncMs = said.syncMs ?? 0;
}

look();
setInterval(look, LOOK_MS).unref();
Date.now = () => realNow() + shiftMs;

const realSync = fs.fdatasync;
const slowSync = (descriptor: number, done: fs.NoParamCallback) =>
  void setTimeout(() => realSync(descriptor, done), syncMs);
Object.assign(fs, { fdatasync: slowSync });
syncBuiltinESMExports();
