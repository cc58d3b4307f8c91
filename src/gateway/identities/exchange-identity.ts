import { type Identity } from "#inference";
import { type Result, unreachable } from "#std";
import { type World } from "#world";
import { exchangeContainer, exchangeInstance } from "./aws-machine.ts";
import { exchangeWebIdentity } from "./aws-web-identity.ts";
import { exchangeEntra, exchangeManagedIdentity } from "./azure.ts";
import { Exchange } from "./exchange.ts";
import { exchangeExternal } from "./google-external.ts";
import { exchangeMetadata } from "./google-metadata.ts";
import { exchangeServiceAccount } from "./google-service-account.ts";
import { type Granted } from "./granted.ts";

/** Asks for a credential as the identity's cloud documents it. The error says what came instead, and quotes nothing. */
export function exchangeIdentity(world: World, identity: Identity): Promise<Result<Granted, string>> {
  const exchange = new Exchange(world);
  switch (identity.type) {
    case "google-service-account":
      return exchangeServiceAccount(exchange, identity);
    case "google-metadata":
      return exchangeMetadata(exchange, identity);
    case "google-external":
      return exchangeExternal(exchange, identity);
    case "aws-web-identity":
      return exchangeWebIdentity(exchange, identity);
    case "aws-container":
      return exchangeContainer(exchange, identity);
    case "aws-instance":
      return exchangeInstance(exchange, identity);
    case "azure-entra":
      return exchangeEntra(exchange, identity);
    case "azure-managed":
      return exchangeManagedIdentity(exchange, identity);
    default:
      return unreachable(identity);
  }
}

/** Who asked, for logs. */
export function describeIdentity(identity: Identity): string {
  switch (identity.type) {
    case "google-service-account":
      return identity.email;
    case "google-external":
      return identity.audience;
    case "aws-web-identity":
      return identity.role;
    case "azure-entra":
      return identity.client;
    default:
      return `${identity.type} at ${identity.url}`;
  }
}
