import { defineConfig, type OxlintOverride } from "oxlint";

/** Which folder of `src/` may import which, top floor first. A folder imports only what stands below it. */
export const mayImport = {
  cli: ["app", "config", "contract", "world", "units", "std"],
  app: [
    "control",
    "config",
    "gateway",
    "analytics",
    "ledger",
    "routing",
    "journal",
    "demo",
    "providers",
    "pricing",
    "events",
    "books",
    "access",
    "inference",
    "world",
    "units",
    "contract",
    "std",
  ],
  control: ["config", "analytics", "access", "books", "contract", "world", "units", "std"],
  config: [
    "gateway",
    "ledger",
    "routing",
    "access",
    "providers",
    "pricing",
    "books",
    "journal",
    "inference",
    "world",
    "units",
    "std",
  ],
  gateway: ["routing", "access", "providers", "pricing", "journal", "events", "inference", "world", "units", "std"],
  analytics: ["ledger", "events", "units", "std"],
  ledger: ["journal", "events", "inference", "world", "units", "std"],
  routing: ["pricing", "inference", "units", "std"],
  budget: ["events", "units", "std"],
  journal: ["events", "world", "units", "std"],
  demo: ["inference", "world", "units", "std"],
  providers: ["inference", "units", "std"],
  pricing: ["inference", "units", "std"],
  events: ["inference", "units", "std"],
  books: ["world", "units", "std"],
  access: ["units", "std"],
  inference: ["units", "std"],
  world: ["units", "std"],
  units: ["std"],
  contract: [],
  std: [],
} as const satisfies Record<string, readonly string[]>;

const floors = Object.entries(mayImport).map(([folder, allowed]): OxlintOverride => ({
  files: [`src/${folder}/**`],
  excludeFiles: ["**/*.test.ts", "**/*.contract.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: ["#*", ...allowed.map((name) => `!#${name}`)],
            message: `src/${folder} may import only: ${allowed.join(", ") || "nothing"}. See mayImport in oxlint.config.ts.`,
          },
          {
            regex: `^(\\.\\./)+(${Object.keys(mayImport).join("|")})/`,
            message: "Cross folders through their index, as #folder.",
          },
        ],
      },
    ],
  },
}));

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc", "promise", "node"],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["dist/**", "node_modules/**", "bench/**/node_modules/**"],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unsafe-type-assertion": "error",
    "typescript/consistent-type-imports": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "import/no-named-as-default-member": "off",
    // It is about windows of browsers; ours are ports between threads, which have no origin.
    "unicorn/require-post-message-target-origin": "off",
    "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
    "max-lines-per-function": ["error", { max: 60 }],
    "max-lines": ["error", { max: 400 }],
    "max-params": ["error", { max: 4 }],
    complexity: ["error", { max: 12 }],
    "no-restricted-globals": [
      "error",
      { name: "fetch", message: "Go through #world." },
      { name: "setTimeout", message: "Go through #world." },
      { name: "setInterval", message: "Go through #world." },
    ],
    "no-restricted-properties": [
      "error",
      { object: "Date", property: "now", message: "Go through #world." },
      { object: "Math", property: "random", message: "Go through #world." },
      { object: "performance", property: "now", message: "Go through #world." },
    ],
  },
  overrides: [
    ...floors,
    {
      files: ["src/world/**", "dashboard/**", "simulation/**", "e2e/**", "bench/**", "bin/**", "**/*.test.ts"],
      rules: { "no-restricted-globals": "off", "no-restricted-properties": "off" },
    },
    {
      files: ["src/units/**", "src/world/**", "simulation/**", "e2e/**", "bench/**", "**/*.test.ts"],
      rules: { "typescript/no-unsafe-type-assertion": "off" },
    },
    {
      files: ["**/*.test.ts", "**/*.contract.ts", "e2e/**"],
      rules: { "max-lines-per-function": "off", complexity: "off" },
    },
    { files: ["*.config.ts", "**/*.config.ts"], rules: { "import/no-default-export": "off" } },
  ],
});
