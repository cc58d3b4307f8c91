import { type Product, until } from "./product.ts";

/** Tells the product of steps or outcomes, again until the office has read what was written before. */
export async function post(product: Product, path: "/steps" | "/outcomes", body: object): Promise<void> {
  const isTaken = () =>
    product.api(path, { method: "POST", body }).then(
      () => true,
      (error: Error) => {
        // Anything else is no reason to wait.
        if (!error.message.includes("unavailable")) throw error;
        return false;
      },
    );
  await until(isTaken, `${path} are taken`, 60_000);
}
