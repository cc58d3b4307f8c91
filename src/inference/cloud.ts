import { type Secret } from "#units";

/** A cloud that serves other makers' models, with addresses and credentials of its own. */
export type Cloud =
  /** Azure OpenAI's API that has deployments in its paths; the version is a date. */
  | { readonly type: "azure"; readonly apiVersion: string }
  | { readonly type: "aws"; readonly region: string; readonly accessKey: AwsAccessKey | undefined }
  | {
      readonly type: "vertex";
      /** Undefined where the key names its project. */
      readonly project: string | undefined;
      readonly location: string;
      readonly account: ServiceAccount | undefined;
    };

/** Signs each request. Undefined where the provider's key is one that is simply sent. */
export interface AwsAccessKey {
  readonly id: Secret;
  readonly secret: Secret;
  /** Of credentials that expire. */
  readonly sessionToken: Secret | undefined;
}

/** What a key file of Google's says: tokens that expire are asked for with a signature of its private key. */
export interface ServiceAccount {
  readonly email: string;
  readonly keyId: string | undefined;
  /** In PEM. */
  readonly privateKey: Secret;
  readonly tokenUrl: string;
}
