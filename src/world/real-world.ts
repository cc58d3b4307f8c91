import { type World } from "./world.ts";
export function realWorld(): World {
  throw new Error("being built");
}
