import { completionsServer } from "../../../src/agent/completions/completions-chat.ts";
import type { CompletionsOptions } from "../../../src/agent/completions/request-body.ts";
import { CompletionsServer, type Script } from "../../completions/server.ts";
import { Lab, type LabOptions, MODEL } from "../conversation/lab.ts";

export const KEY = "sk-test-completions-0123456789";

interface Given extends LabOptions {
  readonly key?: string;
  readonly chat?: Partial<CompletionsOptions>;
}

/** loopty's own loop with everything it is handed, and a server of Chat Completions to talk to. */
export async function openLab(script: Script, given: Given = {}): Promise<Lab<CompletionsServer>> {
  const { key = KEY, chat = {} } = given;
  const limitName = chat.limitName ?? "max_tokens";
  const server = await CompletionsServer.start(script, { key, limitName });
  const access = completionsServer(
    { baseUrl: server.url, key },
    { model: MODEL, effort: null, limitName, ...chat },
  );
  return new Lab(server, access, given);
}
