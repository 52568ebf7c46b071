import { afterAll, beforeAll } from "vitest";
import type { AgentContainer } from "../../src/sandbox/sandbox.ts";
import { type Lab, type LabOptions, openLab } from "../docker/lab.ts";

/** What a file of attacks has in common: a project on the real engine and one agent's container in it. */
export interface Laboratory {
  /** Made before the file's first attack, removed after its last. */
  readonly lab: Lab;
  /**
   * One container for every attack of the file that needs no fresh one. It starts when first asked for; its agent is taken
   * to be hostile, so an attack that leaves it unusable opens its own with `lab.openAgent()` or `lab.play()`.
   */
  agent(): Promise<AgentContainer>;
}

// Every access and every place that a file may have.
const PROJECT: LabOptions = {
  files: {
    Makefile: "all:\n",
    "bench.sh!": "#!/bin/sh\necho 1\n",
    "params.h": "#define N 1\n",
    "src/kernel.c": "int k;\n",
    "src/lib/tune.c": "tune\n",
    "src/lib/inner/keep.h": "keep\n",
    "src/keep.h": "keep\n",
    "oracle/expected.txt": "s3cr3t-8d1f\n",
    "src/lib/answer.ref": "s3cr3t-8d1f\n",
  },
  access: {
    writable: ["src/", "src/lib/tune.c", "params.h"],
    readable: ["src/keep.h", "src/lib/"],
    hidden: ["oracle/", "src/lib/*.ref"],
  },
};

/** Call it at the top of a file's `describe` (or of the file): it registers the hooks. */
export function openLaboratory(options: Partial<LabOptions> = {}): Laboratory {
  let lab: Lab | null = null;
  let agent: Promise<AgentContainer> | null = null;
  beforeAll(async () => {
    lab = await openLab({ ...PROJECT, ...options });
  });
  afterAll(async () => {
    await (await agent)?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });
  const opened = () => {
    if (lab === null) throw new Error("the laboratory opens before the first attack");
    return lab;
  };
  return {
    get lab() {
      return opened();
    },
    agent: () => {
      agent ??= opened().openAgent();
      return agent;
    },
  };
}
