import { formatBytes } from "../../core/text/number.ts";
import { diffLines } from "../picture/diff-line.ts";
import { DiffRow } from "../picture/diff-row.tsx";
import type { CutText } from "../text-view.ts";
import {
  costFigures,
  type Figure,
  originFigures,
  reproductionCommands,
  stateSentence,
  verdictFigures,
} from "./figures.ts";
import { LineageStory } from "./lineage-story.tsx";
import { MetricTable, Pairs } from "./measured.tsx";
import { outcomeSentence } from "./outcome.ts";
import type { RunReport } from "./report.ts";
import { RunPictures } from "./run-pictures.tsx";
import { reportTitle } from "./title.ts";

/** The report as the content of a page. Nothing in it needs a script, a style of its own or another file. */
export function ReportBody({ report }: { readonly report: RunReport }) {
  const { outcome, lineage, patch, state } = report;
  const champion = lineage.at(-1);
  return (
    <main>
      <header>
        <h1>{reportTitle(report)}</h1>
        <p class={`outcome ${outcome.kind}`}>{outcomeSentence(outcome)}</p>
        <p class={state.kind === "finished" ? "note" : "unfinished"}>{stateSentence(report)}</p>
      </header>
      {outcome.kind === "measured" && (
        <section>
          <h2>Result</h2>
          <MetricTable comparison={outcome.comparison} metrics={report.view.head.metrics} />
          {champion?.pairs
            .filter(({ purpose }) => purpose === "result")
            .slice(-1)
            .map((set) => (
              <Pairs key={set.purpose} set={set} metric={outcome.metric} />
            ))}
        </section>
      )}
      <RunPictures report={report} />
      {lineage.length > 1 && <LineageStory report={report} />}
      {patch !== null && champion !== undefined && (
        <Change patch={patch} command={`loopty export ${champion.node.id} --patch -`} />
      )}
      <div class="columns">
        <Figures title="Cost" figures={costFigures(report)} />
        <Figures title="Verdicts" figures={verdictFigures(report)} />
        <Figures title="Measured on" figures={originFigures(report)} />
      </div>
      {champion !== undefined && (
        <section>
          <h2>Reproduce</h2>
          <dl class="commands">
            {reproductionCommands(champion.node).map(([command, what]) => (
              <div key={command}>
                <dt>
                  <code>{command}</code>
                </dt>
                <dd class="what">{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </main>
  );
}

function Change({ patch, command }: { readonly patch: CutText; readonly command: string }) {
  return (
    <section>
      <h2>The change</h2>
      <pre class="diff">
        {diffLines(patch.text).map((line, k) => (
          <DiffRow key={k} line={line} />
        ))}
      </pre>
      {patch.cutBytes > 0 && (
        <p class="note">
          {formatBytes(patch.cutBytes)} more: <code>{command}</code>
        </p>
      )}
    </section>
  );
}

function Figures({
  title,
  figures,
}: {
  readonly title: string;
  readonly figures: readonly Figure[];
}) {
  if (figures.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <dl class="figures">
        {figures.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
