/** Environment variables that people have set already, as the providers' own SDKs name them. */
const usual = [
  { name: "openai", format: "openai", variables: ["OPENAI_API_KEY"] },
  { name: "claude", format: "anthropic", variables: ["ANTHROPIC_API_KEY"] },
  { name: "gemini", format: "gemini", variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"] },
] as const;

/** The text that stands in where there is no configuration file: a provider for each usual key that is set. */
export function defaultConfigText(env: Readonly<Record<string, string | undefined>>): string {
  const lines = usual.flatMap(({ name, format, variables }) => {
    const variable = variables.find((each) => (env[each] ?? "").trim() !== "");
    return variable === undefined ? [] : [`  ${name}: { format: ${format}, api_key: "\${${variable}}" }`];
  });
  return lines.length === 0 ? "providers: {}\n" : `providers:\n${lines.join("\n")}\n`;
}
