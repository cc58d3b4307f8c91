import { type Locator } from "playwright-core";
import { until } from "./product.ts";

/** Waits until a part of a page says this: its frame may be there before its rows are. */
export async function says(part: Locator, text: string | RegExp): Promise<void> {
  let said = "";
  const isSaid = async () => {
    said = await part.innerText();
    return typeof text === "string" ? said.includes(text) : text.test(said);
  };
  await until(isSaid, `the page says ${text}`).catch((error: unknown) => {
    throw new Error(`It says:\n${said}`, { cause: error });
  });
}
