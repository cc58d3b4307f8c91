import { type Identity } from "#inference";
import { Secret } from "#units";

type OfType<Type extends Identity["type"]> = Extract<Identity, { type: Type }>;

/** An identity as it crosses to a thread. */
export type SealedIdentity =
  | Exclude<Identity, { type: "google-service-account" | "aws-container" | "azure-entra" }>
  | (Omit<OfType<"google-service-account">, "privateKey"> & { readonly privateKey: string })
  | (Omit<OfType<"azure-entra">, "clientSecret"> & { readonly clientSecret: string | undefined })
  | (Omit<OfType<"aws-container">, "token"> & { readonly token: string | undefined });

export function sealIdentity(identity: Identity): SealedIdentity {
  switch (identity.type) {
    case "google-service-account":
      return { ...identity, privateKey: identity.privateKey.reveal() };
    case "aws-container":
      return { ...identity, token: identity.token?.reveal() };
    case "azure-entra":
      return { ...identity, clientSecret: identity.clientSecret?.reveal() };
    default:
      return identity;
  }
}

export function openIdentity(sealed: SealedIdentity): Identity {
  switch (sealed.type) {
    case "google-service-account":
      return { ...sealed, privateKey: new Secret(sealed.privateKey) };
    case "aws-container":
      return { ...sealed, token: opened(sealed.token) };
    case "azure-entra":
      return { ...sealed, clientSecret: opened(sealed.clientSecret) };
    default:
      return sealed;
  }
}

function opened(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}
