import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { formatCost, formatCount, formatCounted, formatDuration } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { timeLeft } from "../../core/text/time-left.ts";
import { gainSinceRoot } from "../../core/tree/log-gains.ts";
import { rangeText } from "../../core/views/gain-range.ts";
import { shortId } from "../picture/leaf-label.ts";
import type { RunHead } from "../run-view.ts";
import { useNowMs } from "./clock.ts";
import type { ConnectionStatus } from "./connection.ts";
import { isRunning, type PageRun } from "./page-run.ts";
import { nodeHash, runHash } from "./route.ts";
import { experimentsPerHour } from "./throughput.ts";
import { ValueTable } from "./value-table.tsx";

export interface HeadProps {
  readonly state: PageRun | null;
  readonly status: ConnectionStatus;
  readonly problem: string | null;
  readonly metric: Metric | null;
  readonly onMetric: (name: string) => void;
}

/** The run in one line: which it is, its state, what it found and what it spent. */
export function Head({ state, status, problem, metric, onMetric }: HeadProps) {
  const head = state?.head ?? null;
  return (
    <header class="head">
      <h1>
        <span class="brand">loopty</span>
        {state !== null && state.project !== "" && <span> {printable(state.project, 60)}</span>}
      </h1>
      {state !== null && head !== null && <RunPicker state={state} head={head} />}
      {head !== null && head.metrics.length > 1 && (
        <label>
          metric{" "}
          <select
            value={metric?.name ?? ""}
            onChange={(event) => onMetric(event.currentTarget.value)}
          >
            {head.metrics.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <p class="status" role="status">
        {problem !== null ? (
          <span class="bad">{printable(problem)}</span>
        ) : status === "lost" ? (
          <span class="bad">not connected: loopty serve shows what comes next</span>
        ) : (
          head !== null && state !== null && <RunStatus state={state} />
        )}
      </p>
      {state !== null && head !== null && <Figures state={state} head={head} metric={metric} />}
      {state !== null && metric !== null && head !== null && head.parameters.length > 0 && (
        <ValueTable nodes={state.nodes} parameters={head.parameters} metric={metric} />
      )}
      {state?.warnings.length ? (
        <details class="warnings">
          <summary>{formatCounted(state.warnings.length, "warning")}</summary>
          <ul>
            {state.warnings.map((text, k) => (
              <li key={`${k} ${text}`}>{printable(text)}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </header>
  );
}

function RunPicker({ state, head }: { readonly state: PageRun; readonly head: RunHead }) {
  return (
    <label>
      run{" "}
      <select
        value={String(head.run)}
        onChange={(event) => {
          location.hash = runHash(Number(event.currentTarget.value));
        }}
      >
        {state.runs.toReversed().map((run) => (
          <option key={run} value={String(run)}>
            {run}
          </option>
        ))}
      </select>
    </label>
  );
}

function RunStatus({ state }: { readonly state: PageRun }) {
  const { end, nodes } = state;
  const running = nodes.filter(({ phase }) => phase !== "finished").length;
  if (isRunning(state)) {
    return (
      <span class="live">
        {running === 0 ? "running" : `running ${formatCounted(running, "node")}`}
      </span>
    );
  }
  if (end === null) return <span>interrupted; loopty run --resume goes on</span>;
  return <span>ended: {printable(end)}</span>;
}

interface FiguresProps {
  readonly state: PageRun;
  readonly head: RunHead;
  readonly metric: Metric | null;
}

function Figures({ state, head, metric }: FiguresProps) {
  const live = isRunning(state);
  const nowMs = useNowMs(live);
  const { spent, limits, champion } = head;
  const perHour = experimentsPerHour(state.nodes, live ? nowMs : null);
  const elapsedMs = elapsedOf(state, nowMs);
  const left = live ? timeLeft(head.budgetEnd, nowMs) : null;
  return (
    <dl class="figures">
      <div class="figure wide">
        <dt>champion</dt>
        <dd>
          {champion === null ? (
            "none yet"
          ) : (
            <>
              <a href={nodeHash(champion)} title={champion}>
                {shortId(champion)}
              </a>{" "}
              {championGain(state, head, metric)}
            </>
          )}
        </dd>
      </div>
      <Meter
        name="experiments"
        used={spent.experiments}
        limit={limits.experiments}
        text={formatCount}
      />
      <Meter name="tokens" used={spent.tokens} limit={limits.tokens} text={compact} />
      {(limits.costUsd !== null || (spent.costUsd ?? 0) > 0) && (
        <Meter name="cost" used={spent.costUsd} limit={limits.costUsd} text={formatCost} />
      )}
      <Meter name="time" used={elapsedMs} limit={limits.timeMs} text={formatDuration} />
      <div class="figure">
        <dt>pace</dt>
        <dd>{perHour === null ? "no figure yet" : `${perHour} an hour`}</dd>
      </div>
      {left !== null && (
        <div class="figure">
          <dt>budget lasts</dt>
          <dd>{left}</dd>
        </div>
      )}
    </dl>
  );
}

function championGain(state: PageRun, head: RunHead, metric: Metric | null): string {
  if (metric === null) return "";
  const measured = head.result?.comparison.metrics.find(({ name }) => name === metric.name);
  if (measured !== undefined && head.result?.champion === head.champion) {
    const range = rangeText(metric, measured, head.result.comparison.pairs);
    return `${gainText(metric, measured.gain)} (${range}), measured against the baseline`;
  }
  const node = head.champion === null ? undefined : state.byId.get(head.champion);
  if (node === undefined) return "";
  if (node.parent === null) return "the baseline itself";
  const gain = gainSinceRoot(node, metric);
  return gain === null ? "" : `${gainText(metric, gain)} so far, by sum of steps`;
}

interface MeterProps {
  readonly name: string;
  /** `null` is unknown. */
  readonly used: number | null;
  readonly limit: number | null;
  readonly text: (amount: number) => string;
}

function Meter({ name, used, limit, text }: MeterProps) {
  const said = used === null ? "unknown" : text(used);
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        {limit === null ? said : `${said} of ${text(limit)}`}
        {limit !== null && <Bar share={Math.min((used ?? 0) / Math.max(limit, 1), 1)} />}
      </dd>
    </div>
  );
}

/**
 * It shows the same as the text beside it, so it is not read out. Each browser places and shapes a `meter` element in
 * its own way.
 */
function Bar({ share }: { readonly share: number }) {
  return (
    <span class="meter" aria-hidden="true">
      <span style={{ width: `${100 * share}%` }} />
    </span>
  );
}

/** The time from the start of the run to its last sign of life. */
function elapsedOf(state: PageRun, nowMs: number): number {
  const { head, nodes } = state;
  const startedMs = Date.parse(head?.createdAt ?? "");
  if (isRunning(state)) return Math.max(0, nowMs - startedMs);
  const last = nodes.reduce(
    (latest, { finishedAt }) => Math.max(latest, finishedAt === null ? 0 : Date.parse(finishedAt)),
    startedMs,
  );
  return Math.max(0, last - startedMs);
}

/** `12,300` stays, `1.2 M` for millions. */
function compact(count: number): string {
  return count < 100_000 ? formatCount(count) : `${(count / 1e6).toFixed(count < 1e6 ? 2 : 1)} M`;
}
