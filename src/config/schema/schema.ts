import { z } from "zod";
import { type AccessRules, compileAccess } from "../../core/access/policy.ts";
import { LOCAL_MACHINE } from "../../core/tree/machine.ts";
import { accessSchema } from "./access.ts";
import { agentSchema } from "./agent.ts";
import { text } from "./field.ts";
import { budgetSchema, rateLimitSchema, timeoutsSchema } from "./limits.ts";
import { machinesSchema } from "./machines.ts";
import { metricsSchema } from "./metrics.ts";
import { patterns } from "./path-field.ts";
import { sandboxSchema } from "./sandbox.ts";
import { searchSchema } from "./search.ts";

const workspaceSchema = z.strictObject({
  path: text().default(".").describe("the folder that is optimized, relative to loopty.yaml"),
  include: patterns()
    .default([])
    .describe(
      "git-ignored files, folders or globs that are needed all the same; also `loopty.yaml`, which stays out otherwise",
    ),
  exclude: patterns()
    .default([])
    .describe("files, folders or globs that stay out; stronger than `include`"),
});

const commandsSchema = z
  .strictObject({
    build: text().optional().describe("builds the workspace; nothing to build when left out"),
    verify: text()
      .optional()
      .describe(
        "exits 0 when the results are right; strongly advised: without it wrong code may win",
      ),
    benchmark: text().describe("measures, and appends rows of metrics"),
  })
  .transform(({ build, verify, benchmark }) => ({
    build: build ?? null,
    verify: verify ?? null,
    benchmark,
  }));

const gitSchema = z.strictObject({
  branches: z
    .enum(["improved", "all", "none"])
    .default("improved")
    .describe("which nodes become branches `loopty-<id>` of the user's repository"),
});

/** loopty.yaml. Its output has the defaults filled in, units in names, and paths as they were written. */
export const configSchema = z
  .strictObject({
    name: z
      .string()
      .max(63, { error: "must have at most 63 characters" })
      // A path component of a repository name (OCI distribution spec).
      .regex(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/, {
        error: "must be small letters and digits with single . _ or - between them, such as matmul",
      })
      .describe("the project's name; its images are `loopty/<name>:<id>`"),
    statement: text()
      .optional()
      .describe("the problem in your words, for the agent; either this or `statement_file`"),
    statement_file: text()
      .optional()
      .describe("a text file with the statement, relative to loopty.yaml"),
    workspace: workspaceSchema.prefault({}).describe("what is copied into the sandbox"),
    access: accessSchema.describe("what the agent may change and see"),
    sandbox: sandboxSchema.prefault({}).describe("the containers"),
    commands: commandsSchema.describe(
      "run in /workspace, each as `sh -c`, each in fresh containers",
    ),
    timeouts: timeoutsSchema.prefault({}).describe("how long each may take"),
    metrics: metricsSchema.prefault({}).describe("what the benchmark's numbers mean"),
    agent: agentSchema
      .prefault({ kind: "claude" })
      .describe("who changes the code; `kind: claude` when left out"),
    search: searchSchema.prefault({}).describe("how the tree grows"),
    context: z
      .enum(["lineage", "all"])
      .default("lineage")
      .describe("what an agent is told of earlier experiments: its lineage, or a digest of all"),
    budget: budgetSchema
      .prefault({})
      .describe("what a run may spend in all; unlimited only by the word `none`"),
    rate_limit: rateLimitSchema
      .prefault({})
      .describe("how fast it may spend it; unlimited only by the word `none`"),
    machines: machinesSchema
      .prefault([LOCAL_MACHINE])
      .describe(
        "the engines that experiments run on: `local`, `ssh://user@host`, `tcp://host:2376`, or a mapping; the first one makes the base",
      ),
    git: gitSchema.prefault({}).describe("the user's repository, when there is one"),
  })
  .superRefine((written, context) => {
    for (const { path, message } of problemsBetween(written)) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
  })
  .transform(({ statement, statement_file, rate_limit, ...rest }) => ({
    ...rest,
    statement:
      statement_file === undefined
        ? { kind: "text" as const, text: statement ?? "" }
        : { kind: "file" as const, path: statement_file },
    rateLimit: rate_limit,
  }));

type Resolved = z.output<typeof configSchema>;

/** The config as it was written: paths relative to the yaml's folder, the statement perhaps still in its file. */
export type WrittenConfig = DeepReadonly<Resolved>;

/** The config that a run is made from: every default filled in, every path absolute, the statement read. JSON-safe. */
export type Config = Omit<WrittenConfig, "statement"> & { readonly statement: string };

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

interface Related {
  readonly statement?: string | undefined;
  readonly statement_file?: string | undefined;
  readonly access: AccessRules;
  readonly agent: z.output<typeof agentSchema>;
}

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Problems that one key has only because of another. */
function problemsBetween({ statement, statement_file, access, agent }: Related): Problem[] {
  const problems: Problem[] = [];
  if (statement === undefined && statement_file === undefined) {
    problems.push({
      path: ["statement"],
      message: "is missing; write it, or name a statement_file",
    });
  }
  if (statement !== undefined && statement_file !== undefined) {
    problems.push({ path: ["statement_file"], message: "stands beside statement; keep one" });
  }
  if (agent.kind === "tuner") {
    const policy = compileAccess(access);
    agent.parameters.forEach(({ file }, index) => {
      if (policy.accessOf(file) === "writable") return;
      problems.push({
        path: ["agent", "parameters", index, "file"],
        message: `"${file}" is not writable by access`,
      });
    });
  }
  return problems;
}
