import { type AwsAccessKey, type Cloud, type ServiceAccount } from "#inference";
import { Secret } from "#units";

/** A provider's cloud as it crosses to a thread. */
export type SealedCloud =
  | Extract<Cloud, { type: "azure" }>
  | (Omit<Extract<Cloud, { type: "aws" }>, "accessKey"> & { readonly accessKey: SealedAccessKey | undefined })
  | (Omit<Extract<Cloud, { type: "vertex" }>, "account"> & { readonly account: SealedAccount | undefined });

interface SealedAccessKey {
  readonly id: string;
  readonly secret: string;
  readonly sessionToken: string | undefined;
}

interface SealedAccount extends Omit<ServiceAccount, "privateKey"> {
  readonly privateKey: string;
}

export function sealCloud(cloud: Cloud, { withSecrets }: { readonly withSecrets: boolean }): SealedCloud {
  if (cloud.type === "azure") return cloud;
  if (cloud.type === "aws") return { ...cloud, accessKey: withSecrets ? sealAccessKey(cloud.accessKey) : undefined };
  const { account } = cloud;
  const sealed = account === undefined ? undefined : { ...account, privateKey: account.privateKey.reveal() };
  return { ...cloud, account: withSecrets ? sealed : undefined };
}

function sealAccessKey(key: AwsAccessKey | undefined): SealedAccessKey | undefined {
  if (key === undefined) return undefined;
  return { id: key.id.reveal(), secret: key.secret.reveal(), sessionToken: key.sessionToken?.reveal() };
}

export function openCloud(sealed: SealedCloud): Cloud {
  if (sealed.type === "azure") return sealed;
  if (sealed.type === "aws") return { ...sealed, accessKey: openAccessKey(sealed.accessKey) };
  const { account } = sealed;
  const opened = account === undefined ? undefined : { ...account, privateKey: new Secret(account.privateKey) };
  return { ...sealed, account: opened };
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
