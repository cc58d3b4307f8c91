import { type Layer } from "#events";

/** What a bill is for where no rule of the configuration says so: by FOCUS ServiceSubcategory, then ServiceCategory. */
const ofSubcategory: Readonly<Record<string, Layer>> = {
  "Generative AI": "model answers",
  "Virtual Machines": "GPUs and serving",
  Observability: "observability and storage",
  "Data Processing": "data pipelines",
  "NoSQL Databases": "retrieval and embeddings",
  Search: "retrieval and embeddings",
};

const ofCategory: Readonly<Record<string, Layer>> = {
  "AI and Machine Learning": "GPUs and serving",
  Analytics: "data pipelines",
  "Business Applications": "people and engineering",
  Compute: "GPUs and serving",
  Databases: "retrieval and embeddings",
  "Developer Tools": "people and engineering",
  Identity: "compliance",
  Integration: "data pipelines",
  "Internet of Things": "edge fleet",
  "Management and Governance": "observability and storage",
  Media: "tools",
  Migration: "data pipelines",
  Mobile: "edge fleet",
  Multicloud: "observability and storage",
  Networking: "GPUs and serving",
  Security: "compliance",
  Storage: "observability and storage",
  Web: "tools",
};

/** Work that nothing says more about. */
const OTHERWISE: Layer = "tools";

export function layerOfCategory(values: Readonly<Record<string, string>>): Layer {
  const isUnused = values["CapacityReservationStatus"] === "Unused" || values["CommitmentDiscountStatus"] === "Unused";
  if (isUnused) return "idle and cold starts";
  const { ServiceSubcategory = "", ServiceCategory = "" } = values;
  return ofSubcategory[ServiceSubcategory] ?? ofCategory[ServiceCategory] ?? OTHERWISE;
}
