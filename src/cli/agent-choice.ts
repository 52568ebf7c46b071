import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Agent } from "../agent/agent.ts";
import { Replay } from "../agent/replay.ts";
import { parseReplay } from "../agent/replay-file.ts";
import { Tuner } from "../agent/tuner.ts";
import type { Config } from "../config/schema.ts";
import { messageOf, UserError } from "../core/error.ts";

/** For commands that open a run without growing its tree. */
export const IDLE: Agent = { open: async () => null };

/** The agent that loopty.yaml asks for. Throws `UserError` where it cannot be had. */
export async function chooseAgent({ agent, search }: Config): Promise<Agent> {
  switch (agent.kind) {
    case "tuner":
      return new Tuner(agent.parameters, search.seed);
    case "replay":
      return new Replay(parseReplay(await readRecording(agent.from), basename(agent.from)));
    case "claude":
      throw new UserError("agent.kind claude is not built in yet; use tuner or replay", {
        hint: "both need no key: docs/config.md describes agent.parameters and agent.from",
      });
  }
}

function readRecording(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new UserError(`agent.from: cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
}
