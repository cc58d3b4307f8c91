/** What a provider of tare.yaml says of the cloud that it stands in, and who we are there. */
import { z } from "zod";
import { SecretText, SettingText } from "#units";

const TokenFile = SettingText.describe(
  "The path of a file with a token that whoever writes it renews; read again at each renewal.",
);

const MachineAddress = z.strictObject({
  url: SettingText.describe("Scheme and host of the metadata service, where it is not at its usual address."),
});

/** `true`, or where else the metadata service is. */
const OfMachine = z.union([z.literal(true), MachineAddress]);

export const AwsSection = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "a region of AWS is written as us-east-1")
    .describe("The region whose Bedrock is asked: `us-east-1`."),
  access_key_id: SecretText.optional().describe("Of the access key that signs requests."),
  secret_access_key: SecretText.optional().describe("Of the access key that signs requests."),
  session_token: SecretText.optional().describe("Of an access key that expires; nothing renews it."),
  web_identity: z
    .strictObject({
      role: SettingText.describe("The ARN of the role: `${AWS_ROLE_ARN}` in a pod of EKS."),
      token_file: TokenFile,
      session_name: z
        .string()
        .regex(/^[\w+=,.@-]{2,64}$/, "a session's name is 2 to 64 letters, digits or any of _ + = , . @ -")
        .default("tare")
        .describe("What AWS's logs call us."),
      sts_url: SettingText.optional().describe("Where STS is asked; that of the region by default."),
    })
    .optional()
    .describe("A role that a token in a file is exchanged for at STS (service accounts of EKS, other issuers)."),
  container: z
    .strictObject({
      url: SettingText.describe(
        "`${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI}` on ECS, a path below `http://169.254.170.2`; `${AWS_CONTAINER_CREDENTIALS_FULL_URI}` for a pod identity of EKS.",
      ),
      token_file: TokenFile.optional(),
      token: SecretText.optional().describe("A token that is sent in place of a file's."),
    })
    .optional()
    .describe("The role of a task on ECS or of a pod on EKS."),
  instance: OfMachine.optional().describe(
    "`true`: the role of the machine on EC2, asked of version 2 of its metadata service.",
  ),
});

export const AzureSection = z.strictObject({
  entra: z
    .strictObject({
      tenant: SettingText.describe("The tenant's id or a domain of it: `${AZURE_TENANT_ID}` in a pod of AKS."),
      client: SettingText.describe("The id of the application: `${AZURE_CLIENT_ID}` in a pod of AKS."),
      client_secret: SecretText.optional().describe("A secret of the application; it expires when Entra ID says so."),
      token_file: TokenFile.optional(),
      authority: SettingText.optional().describe(
        "Scheme and host of another cloud's Entra ID; `https://login.microsoftonline.com` by default.",
      ),
      scope: z
        .string()
        .regex(/^[\x21-\x7e]{1,512}$/, "a scope is one word, such as https://cognitiveservices.azure.com/.default")
        .default("https://cognitiveservices.azure.com/.default")
        .describe("What the token is for; another one in clouds of governments."),
    })
    .optional()
    .describe(
      "An application of Entra ID, by its secret or by a token in a file (workload identity of AKS, other issuers).",
    ),
  managed_identity: z
    .union([
      z.literal(true),
      z.strictObject({
        client: SettingText.optional().describe("The id of the identity, where the machine has several."),
        resource: z
          .string()
          .regex(/^[\x21-\x7e]{1,512}$/, "a resource is one word, such as https://cognitiveservices.azure.com/")
          .default("https://cognitiveservices.azure.com/")
          .describe("What the token is for."),
        url: MachineAddress.shape.url.optional(),
      }),
    ])
    .optional()
    .describe("`true`: the identity of the machine on Azure, asked of its metadata service."),
});

export const VertexSection = z.strictObject({
  project: z
    .string()
    .regex(/^[a-z][a-z0-9.:-]{4,61}[a-z0-9]$/, "write the id of a Google Cloud project")
    .optional()
    .describe("The Google Cloud project that pays. A key of Vertex AI's in express mode names it itself."),
  location: z
    .string()
    .regex(/^[a-z0-9-]{2,32}$/, "a location is written as europe-west4, eu, us or global")
    .default("global")
    .describe("Where Vertex AI is asked: `europe-west4`, `eu`, `us` or `global`."),
  service_account: SecretText.optional().describe(
    "The JSON key file of a service account; tokens are asked for with it and renewed ahead.",
  ),
  metadata: OfMachine.optional().describe(
    "`true`: the account that Google runs us as, asked of the metadata server (workload identity of GKE, Cloud Run, Compute Engine).",
  ),
  external_account: SecretText.optional().describe(
    "The JSON configuration of workload identity federation (`type: external_account`), whose token comes from a file.",
  ),
});
