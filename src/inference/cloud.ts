import { type AwsAccessKey, type Identity } from "./identity.ts";

/** A cloud that serves other makers' models, with addresses of its own and, with an identity, credentials that expire. */
export type Cloud = { readonly identity?: Identity | undefined } & (
  | {
      readonly type: "azure";
      /** Of the API that has deployments in its paths, a date; undefined for the newer one, which is OpenAI's. */
      readonly apiVersion: string | undefined;
    }
  | {
      readonly type: "aws";
      readonly region: string;
      /** Undefined where the provider's key is one that is simply sent, or an identity stands in for it. */
      readonly accessKey: AwsAccessKey | undefined;
    }
  | {
      readonly type: "vertex";
      /** Undefined where the key names its project. */
      readonly project: string | undefined;
      readonly location: string;
    }
);
