import { type Break, type Reply, says, text, use } from "../../anthropic/reply.ts";
import { IMPATIENT } from "./lab.ts";

const EDIT = says(text("Now."), use("edit", { path: "a.c", old: "x = 1", new: "x = 2" }));
export const READY = says(
  use("finish", { outcome: "ready", description: "Changed x", hypothesis: "2 is better" }),
);

export function error(status: number, type: string, headers: Record<string, string> = {}): Reply {
  return { kind: "error", status, type, headers };
}

export function broken(kind: Break["kind"], afterEvents: number, errorType?: string): Reply {
  return {
    kind: "message",
    content: [text("Now."), use("edit", { path: "a.c", old: "x = 1", new: "x = 7" })],
    break: { kind, afterEvents, ...(errorType === undefined ? {} : { errorType }) },
  };
}

/** The fault on the first `times` tries of the second request; without it the node is proposed. */
export function failing(reply: Reply, times: number) {
  return ({ turn, tries }: { readonly turn: number; readonly tries: number }): Reply => {
    if (turn === 1 && tries <= times) return reply;
    return turn === 0 ? EDIT : READY;
  };
}

/** The limits of an answer are short only where they are what ends it. */
export function patienceWith(reply: Reply) {
  const kind = reply.kind === "message" ? reply.break?.kind : reply.kind;
  const isSilent = kind === "silence" || kind === "stall" || kind === "only_pings";
  return isSilent ? { options: { answer: IMPATIENT } } : {};
}
