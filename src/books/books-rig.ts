import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import { Books } from "./books.ts";
import { realWorld } from "#world";

/** New books for each test, in a folder of their own that goes with it; gives how a test reaches them. */
export function newBooks(): () => Books {
  let folder: string;
  let books: Books;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "tare-books-"));
    const opened = Books.open(path.join(folder, "books.sqlite"), realWorld());
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    books = opened.value;
  });
  afterEach(async () => {
    await books.close();
    rmSync(folder, { recursive: true });
  });
  return () => books;
}
