import type { Config } from "../../../config/schema/schema.ts";
import type { CommandPreset, KnownCommand } from "../preset.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";

type Chosen = Extract<Config["agent"], { readonly kind: "command" }>["command"];

const KNOWN: Readonly<Record<Extract<Chosen, { kind: "preset" }>["preset"], KnownCommand>> = {
  "claude-code": claudeCode,
  codex,
  opencode,
  gemini,
  pi,
};

/** The command line that loopty.yaml asks for. */
export function presetOf(chosen: Chosen): CommandPreset {
  if (chosen.kind === "preset") {
    const { version, preset } = KNOWN[chosen.preset];
    return preset(chosen.version ?? version);
  }
  const { api, run, packages, env } = chosen;
  return {
    packages: packages.length === 0 ? null : { specs: packages, programs: {} },
    protocol: api,
    run,
    session: null,
    env,
    files: {},
    output: "text",
  };
}
