import { createHash } from "node:crypto";
import path from "node:path";
import { type Disk } from "#world";

export interface DashboardFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  readonly etag: string;
  readonly cacheControl: string;
}

const mediaTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The built dashboard, read once: what a URL may reach is what is in this map, so no path can leave the folder. */
export class DashboardFiles {
  readonly #files = new Map<string, DashboardFile>();

  constructor(disk: Disk, folder: string | undefined) {
    if (folder === undefined) return;
    for (const name of disk.list(folder)) this.#read(disk, folder, name);
    for (const name of disk.list(path.join(folder, "assets"))) this.#read(disk, folder, `assets/${name}`);
  }

  /** The file at a URL path, or the page itself for paths that the page routes. Undefined: nothing is there. */
  find(urlPath: string): DashboardFile | undefined {
    const file = this.#files.get(urlPath);
    if (file !== undefined || urlPath.startsWith("/assets/")) return file;
    return this.#files.get("/index.html");
  }

  #read(disk: Disk, folder: string, name: string): void {
    const mediaType = mediaTypes[path.extname(name)];
    const file = path.join(folder, name);
    const size = disk.size(file);
    if (mediaType === undefined || size === undefined) return;
    const bytes = disk.read(file, 0, size);
    if (bytes === undefined) return;
    const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
    this.#files.set(`/${name}`, {
      bytes: new Uint8Array(bytes),
      mediaType,
      etag: `"${digest}"`,
      // Names under assets/ have a hash of their content in them.
      cacheControl: name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    });
  }
}
