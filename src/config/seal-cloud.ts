import { type AwsAccessKey, type Cloud } from "#inference";
import { Secret } from "#units";
import { openIdentity, type SealedIdentity, sealIdentity } from "./seal-identity.ts";

type Aws = Extract<Cloud, { type: "aws" }>;

/** A provider's cloud as it crosses to a thread. */
export type SealedCloud = { readonly identity: SealedIdentity | undefined } & (
  | Omit<Extract<Cloud, { type: "azure" }>, "identity">
  | Omit<Extract<Cloud, { type: "vertex" }>, "identity">
  | (Omit<Aws, "identity" | "accessKey"> & { readonly accessKey: SealedAccessKey | undefined })
);

interface SealedAccessKey {
  readonly id: string;
  readonly secret: string;
  readonly sessionToken: string | undefined;
}

/** Without secrets it has no identity either: whoever calls no provider asks for no credentials. */
export function sealCloud(cloud: Cloud, { withSecrets }: { readonly withSecrets: boolean }): SealedCloud {
  const identity = withSecrets && cloud.identity !== undefined ? sealIdentity(cloud.identity) : undefined;
  if (cloud.type !== "aws") return { ...cloud, identity };
  return { ...cloud, identity, accessKey: withSecrets ? sealAccessKey(cloud.accessKey) : undefined };
}

function sealAccessKey(key: AwsAccessKey | undefined): SealedAccessKey | undefined {
  if (key === undefined) return undefined;
  return { id: key.id.reveal(), secret: key.secret.reveal(), sessionToken: key.sessionToken?.reveal() };
}

export function openCloud(sealed: SealedCloud): Cloud {
  const identity = sealed.identity && openIdentity(sealed.identity);
  if (sealed.type !== "aws") return { ...sealed, identity };
  return { ...sealed, identity, accessKey: openAccessKey(sealed.accessKey) };
}

function openAccessKey(sealed: SealedAccessKey | undefined): AwsAccessKey | undefined {
  if (sealed === undefined) return undefined;
  const { id, secret, sessionToken } = sealed;
  return {
    id: new Secret(id),
    secret: new Secret(secret),
    sessionToken: sessionToken === undefined ? undefined : new Secret(sessionToken),
  };
}
