import type { AgentTask } from "../../src/agent/agent.ts";
import type {
  AgentHost,
  PaceStore,
  QuickLook,
  RunTranscripts,
  TranscriptStore,
} from "../../src/agent/host.ts";
import { SYSTEM_CLOCK } from "../../src/cli/system-clock.ts";
import { NO_PACE, type PaceState } from "../../src/core/budget/pace.ts";
import { UserError } from "../../src/core/error.ts";
import type { ContextText } from "../../src/core/prompt/prompt.ts";
import { UNKNOWN_WORKBENCH, type Workbench } from "../../src/core/prompt/workbench.ts";
import type { NodeId } from "../../src/core/tree/id.ts";

/** A run that keeps in memory what its agent hands it. */
export class MemoryHost implements AgentHost {
  readonly warnings: string[] = [];
  readonly benched: string[] = [];
  paceState: PaceState = NO_PACE;
  readonly #lines = new Map<NodeId, string[]>();
  readonly #runs: ReadonlyMap<number, RunTranscripts>;

  constructor(runs: ReadonlyMap<number, RunTranscripts> = new Map()) {
    this.#runs = runs;
  }

  readonly clock = SYSTEM_CLOCK;

  readonly transcripts: TranscriptStore = {
    append: async (id, entry) => {
      this.#lines.set(id, [...(this.#lines.get(id) ?? []), JSON.stringify(entry)]);
    },
    ofRun: async (run) => {
      const found = this.#runs.get(run);
      if (found === undefined) throw new UserError(`there is no run ${run}`);
      return found;
    },
  };

  readonly pace: PaceStore = {
    state: NO_PACE,
    save: async (state) => {
      this.paceState = state;
    },
  };

  /** The transcripts as another run finds them later. */
  get kept(): RunTranscripts {
    return {
      nodes: [...this.#lines.keys()].map((id) => ({ id })),
      readNodeFile: async (id) => this.transcriptOf(id),
    };
  }

  transcriptOf(id: NodeId): Buffer | null {
    const lines = this.#lines.get(id);
    return lines === undefined ? null : Buffer.from(lines.map((line) => `${line}\n`).join(""));
  }

  async contextOf({ parent }: Pick<AgentTask, "id" | "parent">): Promise<ContextText> {
    return {
      system: "You optimize code.",
      shared: "The problem.",
      task: `Start from ${parent.description}.`,
    };
  }

  async workbench(): Promise<Workbench> {
    return UNKNOWN_WORKBENCH;
  }

  async quickBench({ parent }: Pick<AgentTask, "parent">): Promise<QuickLook> {
    this.benched.push(parent.id);
    return { kind: "compared", text: "time_ms 100, no change", isWorse: false };
  }

  async warn(id: NodeId, message: string): Promise<void> {
    this.warnings.push(`${id}: ${message}`);
  }
}
