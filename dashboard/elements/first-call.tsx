/** What a new ledger shows: the lines that bring its first call. */
import { useConnection } from "../api/connection.tsx";
import { CopyButton } from "./button.tsx";
import styles from "./first-call.module.css";
import { Go } from "./go.tsx";
import { PageFrame } from "./page-frame.tsx";

function sdkLines(address: string) {
  return [
    { sdk: "OpenAI", lines: [`export OPENAI_BASE_URL=${address}/v1`, "export OPENAI_API_KEY=YOUR_TARE_KEY"] },
    { sdk: "Anthropic", lines: [`export ANTHROPIC_BASE_URL=${address}`, "export ANTHROPIC_API_KEY=YOUR_TARE_KEY"] },
    { sdk: "Gemini", lines: [`export GOOGLE_GEMINI_BASE_URL=${address}`, "export GEMINI_API_KEY=YOUR_TARE_KEY"] },
  ];
}

export function FirstCall() {
  const { status } = useConnection();
  return (
    <PageFrame title="Overview" isRanged={false}>
      <div className={styles.first}>
        <p className={styles.lead}>No calls yet. Point an SDK at this address:</p>
        <p className={styles.address}>
          <code>{status.data_plane}</code>
          <CopyButton text={() => status.data_plane}>Copy</CopyButton>
        </p>
        {sdkLines(status.data_plane).map(({ sdk, lines }) => (
          <section key={sdk} className={styles.sdk} aria-label={`${sdk} SDK`}>
            <div className={styles.head}>
              <h2>{sdk} SDK</h2>
              <CopyButton text={() => lines.join("\n")}>Copy both lines</CopyButton>
            </div>
            <pre tabIndex={0}>{lines.join("\n")}</pre>
          </section>
        ))}
        <p>
          Keys come from <Go to={{ page: "keys" }}>Keys</Go> or <code>tare key create</code>. Nothing else in your code
          changes; the first call appears here about a second after it ends.
        </p>
      </div>
    </PageFrame>
  );
}
