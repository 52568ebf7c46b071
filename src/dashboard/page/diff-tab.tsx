import { useMemo, useState } from "preact/hooks";
import { formatBytes, formatCount } from "../../core/text/number.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { diffLines } from "../picture/diff-line.ts";
import { DiffRow } from "../picture/diff-row.tsx";
import type { CutText } from "../text-view.ts";

export interface DiffTabProps {
  readonly diff: CutText | null;
  readonly node: ExperimentNode;
}

const LINES_AT_FIRST = 1500;

export function DiffTab({ diff, node }: DiffTabProps) {
  const lines = useMemo(() => diffLines(diff?.text ?? ""), [diff?.text]);
  const [isWhole, setIsWhole] = useState(false);
  if (diff === null || lines.length === 0) {
    return (
      <p class="note">
        {node.parent === null ? "the baseline changes nothing" : "no change was stored"}
      </p>
    );
  }
  const shown = isWhole ? lines : lines.slice(0, LINES_AT_FIRST);
  return (
    <>
      <pre class="diff">
        {shown.map((line, k) => (
          <DiffRow key={k} line={line} />
        ))}
      </pre>
      {shown.length < lines.length && (
        <button type="button" onClick={() => setIsWhole(true)}>
          show {formatCount(lines.length - shown.length)} more lines
        </button>
      )}
      {diff.cutBytes > 0 && (
        <p class="note">
          {formatBytes(diff.cutBytes)} more: loopty diff {node.id}
        </p>
      )}
    </>
  );
}
