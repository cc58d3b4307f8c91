import { type Secret } from "#units";

/**
 * Whom a provider's cloud knows us as, where no key is written down: each is exchanged for a credential that expires.
 * `url` is where that is asked for. Token files are read again for each exchange, since whoever writes them renews them.
 */
export type Identity = AwsIdentity | GoogleIdentity | AzureIdentity;

export type AwsIdentity =
  /** A token of Kubernetes' or another issuer that AWS trusts, for a role (AssumeRoleWithWebIdentity). */
  | {
      readonly type: "aws-web-identity";
      /** An ARN. */
      readonly role: string;
      readonly sessionName: string;
      readonly tokenFile: string;
      readonly url: string;
    }
  /** The role of a task on ECS, or of a pod on EKS. */
  | {
      readonly type: "aws-container";
      readonly url: string;
      /** At most one of the two; ECS asks for none. */
      readonly token: Secret | undefined;
      readonly tokenFile: string | undefined;
    }
  /** The role of a machine on EC2. `url` has no path. */
  | { readonly type: "aws-instance"; readonly url: string };

type GoogleIdentity =
  | ServiceAccount
  /** The account that a machine, a pod or a service of Google's runs as. `url` has no path. */
  | { readonly type: "google-metadata"; readonly url: string }
  /** A token of another issuer that Google trusts (workload identity federation). */
  | {
      readonly type: "google-external";
      readonly audience: string;
      readonly subjectTokenType: string;
      readonly tokenFile: string;
      /** Where the file is JSON: the field that holds the token. */
      readonly tokenField: string | undefined;
      readonly url: string;
      /** Of a service account that is used in place of the other issuer's. */
      readonly impersonationUrl: string | undefined;
      readonly lifetimeSeconds: number;
    };

type AzureIdentity =
  /** An application of Entra ID. `url` is the tenant's. */
  | {
      readonly type: "azure-entra";
      readonly client: string;
      /** Exactly one of the two. */
      readonly clientSecret: Secret | undefined;
      readonly tokenFile: string | undefined;
      readonly scope: string;
      readonly url: string;
    }
  /** The identity of a machine on Azure; `client` says which, where it has several. `url` has no path. */
  | {
      readonly type: "azure-managed";
      readonly client: string | undefined;
      readonly resource: string;
      readonly url: string;
    };

/** What a key file of Google's says: tokens that expire are asked for with a signature of its private key. */
export interface ServiceAccount {
  readonly type: "google-service-account";
  readonly email: string;
  readonly keyId: string | undefined;
  /** In PEM. */
  readonly privateKey: Secret;
  readonly url: string;
}

/** Signs each request. */
export interface AwsAccessKey {
  readonly id: Secret;
  readonly secret: Secret;
  /** Of credentials that expire. */
  readonly sessionToken: Secret | undefined;
}

/** What an identity was exchanged for. */
export type Credential =
  | { readonly type: "token"; readonly token: Secret }
  | { readonly type: "access-key"; readonly accessKey: AwsAccessKey };

/** Everywhere that an exchange goes to. */
export function addressesOf(identity: Identity): readonly string[] {
  const { impersonationUrl } = identity.type === "google-external" ? identity : {};
  return impersonationUrl === undefined ? [identity.url] : [identity.url, impersonationUrl];
}
