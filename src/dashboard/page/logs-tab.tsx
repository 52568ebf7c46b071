import { formatBytes } from "../../core/text/number.ts";
import { printableBlock } from "../../core/text/printable.ts";
import type { NodeView } from "../node-view.ts";

const STEPS = ["build", "verify", "bench"] as const;
// Terminal colours are removed instead of spelled out, as logs are full of them.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");

export function LogsTab({ logs }: { readonly logs: NodeView["logs"] | null }) {
  const written = STEPS.filter((step) => logs?.[step] != null);
  if (written.length === 0) return <p class="note">no logs</p>;
  return (
    <>
      {written.map((step) => {
        const log = logs?.[step];
        if (log == null) return null;
        return (
          <section key={step}>
            <h3>{step}</h3>
            {log.cutBytes > 0 && <p class="note">{formatBytes(log.cutBytes)} before this</p>}
            <pre class="log">
              {log.text === "" ? "(no output)" : printableBlock(log.text.replace(COLOURS, ""))}
            </pre>
          </section>
        );
      })}
    </>
  );
}
