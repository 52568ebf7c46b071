import type { ChangeMessage, WholeMessage } from "../run-view.ts";

/** Gets what the server sends, and the state of the connection. */
export interface ConnectionListener {
  readonly whole: (message: WholeMessage) => void;
  readonly change: (message: ChangeMessage) => void;
  readonly problem: (text: string) => void;
  readonly status: (status: ConnectionStatus) => void;
}

export type ConnectionStatus = "connecting" | "open" | "lost";

/** The server beats every 10 s. */
const SILENT_MS = 25_000;
const CHECK_MS = 2000;
const AGAIN_MS = 1500;

/**
 * Follows a run until closed. Whatever broke the connection (a restarted server, a laptop that slept, a frozen tab), a
 * new one follows. Each begins with everything, so nothing is missed.
 */
export function followRun(run: number | null, listener: ConnectionListener): () => void {
  const address = run === null ? "/api/stream" : `/api/stream?run=${run}`;
  let source: EventSource | null = null;
  let heardMs = Date.now();
  let again: ReturnType<typeof setTimeout> | null = null;

  const connect = () => {
    again = null;
    source?.close();
    const opened = new EventSource(address);
    source = opened;
    heardMs = Date.now();
    const on = (event: string, handle: (data: string) => void) => {
      opened.addEventListener(event, (message) => {
        heardMs = Date.now();
        listener.status("open");
        handle(message.data);
      });
    };
    on("whole", (data) => listener.whole(JSON.parse(data)));
    on("change", (data) => listener.change(JSON.parse(data)));
    on("problem", (data) => listener.problem(JSON.parse(data).message));
    on("beat", () => {});
    opened.addEventListener("error", () => {
      listener.status("lost");
      // A browser retries by itself after a cut, but not after an answer it did not like.
      if (opened.readyState === EventSource.CLOSED) again ??= setTimeout(connect, AGAIN_MS);
    });
  };
  const check = () => {
    if (Date.now() - heardMs < SILENT_MS) return;
    listener.status("lost");
    connect();
  };
  listener.status("connecting");
  connect();
  const timer = setInterval(check, CHECK_MS);
  document.addEventListener("visibilitychange", check);
  window.addEventListener("online", connect);
  return () => {
    clearInterval(timer);
    if (again !== null) clearTimeout(again);
    document.removeEventListener("visibilitychange", check);
    window.removeEventListener("online", connect);
    source?.close();
  };
}
