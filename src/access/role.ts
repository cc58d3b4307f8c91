/** What somebody at the control API may do: look, look after money, look after everything. */
export type Role = "viewer" | "finance" | "admin";

/**
 * What a route asks for. `key` is a data-plane key, never a token; `viewer-unless-loopback` asks nothing of the machine
 * itself and a viewer's token of everybody else.
 */
export type Need = "open" | "key" | "viewer-unless-loopback" | Role;

const grants: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ["viewer"],
  finance: ["viewer", "finance"],
  admin: ["viewer", "finance", "admin"],
};

/** True when somebody with this role may use a route that needs `need`. A token never opens what needs a key. */
export function isAllowed(role: Role | undefined, need: Need): boolean {
  if (need === "open") return true;
  if (need === "key" || role === undefined) return false;
  return grants[role].includes(need === "viewer-unless-loopback" ? "viewer" : need);
}
