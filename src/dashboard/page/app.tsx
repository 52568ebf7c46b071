import { useEffect, useReducer, useState } from "preact/hooks";
import type { NodeId } from "../../core/tree/id.ts";
import type { ChangeMessage, WholeMessage } from "../run-view.ts";
import { type ConnectionStatus, followRun } from "./connection.ts";
import { Head } from "./head.tsx";
import { NodePanel } from "./node-panel.tsx";
import { type PageRun, stateAfterChange, stateOfWhole } from "./page-run.ts";
import { nodeHash, parseRoute, type Route, runHash } from "./route.ts";
import { StaircasePane } from "./staircase-pane.tsx";
import { TreePane } from "./tree-pane.tsx";

type Message =
  | { readonly kind: "whole"; readonly message: WholeMessage }
  | { readonly kind: "change"; readonly message: ChangeMessage };

function reduce(state: PageRun | null, { kind, message }: Message): PageRun | null {
  if (kind === "whole") return stateOfWhole(message);
  return state === null ? null : stateAfterChange(state, message);
}

export function App() {
  const route = useRoute();
  const [state, tell] = useReducer(reduce, null);
  const [status, setStatus] = useState<ConnectionStatus>("connecting");
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    setProblem(null);
    return followRun(route.run, {
      whole: (message) => {
        setProblem(null);
        tell({ kind: "whole", message });
      },
      change: (message) => {
        setProblem(null);
        tell({ kind: "change", message });
      },
      problem: setProblem,
      status: setStatus,
    });
  }, [route.run]);

  useEffect(() => {
    document.title = [route.node, state?.project, "loopty"].filter(Boolean).join(" · ");
  }, [state?.project, route.node]);

  const metrics = state?.head?.metrics ?? [];
  const [chosen, choose] = useState<string | null>(null);
  const shown = metrics.find(({ name }) => name === chosen) ?? metrics[0] ?? null;
  const close = () => {
    const run = state?.head?.run;
    location.hash = run === undefined ? "" : runHash(run);
  };

  return (
    <div class={route.node === null ? "page" : "page with-panel"}>
      <Head state={state} status={status} problem={problem} metric={shown} onMetric={choose} />
      {state?.head != null && state.nodes.length > 0 ? (
        <main class="pictures">
          <TreePane state={state} metric={shown} selected={route.node} onOpen={open} />
          <StaircasePane state={state} metric={shown} selected={route.node} onOpen={open} />
        </main>
      ) : (
        <main class="pictures empty">
          <p>{emptyText(state, problem)}</p>
        </main>
      )}
      {route.node !== null && state !== null && (
        <NodePanel key={route.node} id={route.node} state={state} metric={shown} onClose={close} />
      )}
    </div>
  );
}

function open(id: NodeId): void {
  location.hash = nodeHash(id);
}

function emptyText(state: PageRun | null, problem: string | null): string {
  if (problem !== null) return problem;
  if (state === null) return "connecting";
  if (state.head === null) return "no run yet: loopty run makes the first";
  return state.live ? "preparing the sandbox and the baseline" : "this run has no nodes";
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const read = () => setRoute(parseRoute(location.hash));
    window.addEventListener("hashchange", read);
    // The hash may have changed since the first drawing.
    read();
    return () => window.removeEventListener("hashchange", read);
  }, []);
  return route;
}
