import { Go } from "../elements/go.tsx";
import { PageFrame } from "../elements/page-frame.tsx";

export function NotFoundPage() {
  return (
    <PageFrame title="No such page" isRanged={false}>
      <p>
        This address leads nowhere. Everything starts at the <Go to={{ page: "overview" }}>Overview</Go>.
      </p>
    </PageFrame>
  );
}
