/**
 * Makes a few files of the product's hundreds before the tests start it a hundred times: finding and reading modules is two
 * thirds of the processor time of a start. The tests of the README and of the package start it as it is.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vite";
import { buildDashboard } from "../../bin/build-dashboard.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Below the packages, so that it finds the one that is not JavaScript. */
const CACHE = join(ROOT, "node_modules/.cache");
const programs = ["bin/tare", "src/app/count-tokens-thread", "src/app/gateway-thread", "src/app/office-process"];

/** Vitest calls it once, before any worker, which all have the variable then. Gives what removes it all. */
export async function setup(): Promise<() => void> {
  buildDashboard();
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "tare-e2e-"));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: folder,
      rolldownOptions: {
        external: [/^@duckdb/],
        input: Object.fromEntries(programs.map((name) => [name, join(ROOT, `${name}.ts`)])),
        // The source looks for other programs and for the pages from where it lies itself.
        output: { entryFileNames: "[name].js", chunkFileNames: "src/app/[name]-[hash].js" },
      },
    },
  });
  symlinkSync(join(ROOT, "dist"), join(folder, "dist"));
  process.env["TARE_E2E_BUILT"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
