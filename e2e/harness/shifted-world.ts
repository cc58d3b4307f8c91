/**
 * Preloaded into the product (`NODE_OPTIONS=--import`): shifts its clock, slows its disk and lets names be found or not, as the
 * file that is named says.
 */
import dns, { type LookupOptions } from "node:dns";
import fs, { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const LOOK_MS = 50;
const file = process.env["TARE_TEST_WORLD"] ?? "";
const realNow = Date.now.bind(Date);
let said: ShiftedWorld = {};

export interface ShiftedWorld {
  readonly shiftMs?: number;
  readonly syncMs?: number;
  /** Names below `.shifted` are found, on the loopback. */
  readonly hasNames?: boolean;
}

function look(): void {
  said = JSON.parse(readFileSync(file, "utf8")) as ShiftedWorld;
}

look();
setInterval(look, LOOK_MS).unref();
Date.now = () => realNow() + (said.shiftMs ?? 0);

const realSync = fs.fdatasync;
const slowSync = (descriptor: number, done: fs.NoParamCallback) =>
  void setTimeout(() => realSync(descriptor, done), said.syncMs ?? 0);
Object.assign(fs, { fdatasync: slowSync });

const realLookup = dns.lookup;
type Found = (error: Error | null, addresses: readonly { readonly address: string; readonly family: number }[]) => void;
// What connects asks for all addresses of a name.
const lookup = (name: string, options: LookupOptions, found: Found) => {
  if (said.hasNames === true && name.endsWith(".shifted")) found(null, [{ address: "127.0.0.1", family: 4 }]);
  else realLookup(name, { ...options, all: true }, found);
};
Object.assign(dns, { lookup });
syncBuiltinESMExports();
