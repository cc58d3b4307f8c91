/** Who may do what: credentials, the ring of keys, roles, and the one table of routes and what they need. */
export { extractCredential } from "./credential.ts";
export { isModelAllowed, type KeyDelta, type KeyRecord } from "./key-record.ts";
export { KeyRing } from "./key-ring.ts";
export { KeyDigester, keyHint, newKeySecret } from "./key-secret.ts";
export { permissionOf, permissions } from "./permissions.ts";
export { type Role } from "./role.ts";
export { StaticKeySection } from "./access-config.ts";
