import { z } from "zod";
import { longWait, maxFailures, prices, repairs } from "./agent-field.ts";
import { text } from "./field.ts";

const PRESETS = ["claude-code", "codex", "opencode", "gemini", "pi"] as const;
const APIS = ["anthropic", "openai-responses", "openai-chat", "gemini"] as const;
const PACKAGE = /^(@[\w.-]+\/)?[\w.$-]+@\d+\.\d+\.\d+[\w.-]*$/;

export const command = z
  .strictObject({
    kind: z.literal("command"),
    preset: z
      .enum(PRESETS)
      .optional()
      .describe("a command line that loopty knows; without it, `api` and `run` say what to start"),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, { error: "must be an exact version such as 2.1.332" })
      .optional()
      .describe("the preset's version; left out, the one that it was tried with"),
    model: text().describe("the model's name at the API; calls of no other are passed on"),
    api: z
      .enum(APIS)
      .optional()
      .describe("the protocol that a command of your own speaks to its model"),
    run: z
      .array(z.string())
      .min(1, { error: "must name a program" })
      .optional()
      .describe(
        "a command of your own, as a list; in it `$PROMPT` is what the agent is told, `$MODEL` the model, `$URL` and `$TOKEN` where and how it asks it",
      ),
    packages: z
      .array(z.string().regex(PACKAGE, { error: "must be an npm package at an exact version" }))
      .default([])
      .describe(
        "npm packages for `run`, such as `my-agent@1.2.3`; `$CPU` in a name is x64 or arm64",
      ),
    env: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
      .default({})
      .describe("environment for `run`, with the same `$` words; never a key"),
    repairs: repairs(),
    max_failures: maxFailures(),
    prices: prices(),
    long_wait: longWait(),
  })
  .superRefine(({ preset, version, api, run, packages, env }, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    const own = { api, run };
    for (const [key, value] of Object.entries(own)) {
      if (preset === undefined && value === undefined) refuse(key, "is missing; or name a preset");
      if (preset !== undefined && value !== undefined)
        refuse(key, "stands beside preset; keep one");
    }
    if (preset !== undefined && packages.length > 0) refuse("packages", "belongs to run");
    if (preset !== undefined && Object.keys(env).length > 0) refuse("env", "belongs to run");
    if (preset === undefined && version !== undefined) refuse("version", "belongs to preset");
  })
  .transform(({ preset, version, api, run, packages, env, max_failures, long_wait, ...rest }) => ({
    ...rest,
    command:
      preset === undefined
        ? { kind: "own" as const, api: api ?? "openai-chat", run: run ?? [], packages, env }
        : { kind: "preset" as const, preset, version: version ?? null },
    maxFailures: max_failures,
    longWait: long_wait,
  }))
  .describe(
    "a coding agent's command line edits the code; needs an API key in the environment of loopty, which no container sees",
  );
