import { setTimeout as sleep } from "node:timers/promises";
import type { AgentConversation, AgentTask } from "../../../src/agent/agent.ts";
import type { ApiAccess } from "../../../src/agent/claude/client.ts";
import { type MessagesOptions, messagesServer } from "../../../src/agent/claude/messages-chat.ts";
import { ModelAgent } from "../../../src/agent/conversation/model-agent.ts";
import type { NodeBudget } from "../../../src/agent/conversation/node-budget.ts";
import {
  CONVERSATION_DEFAULTS,
  type ConversationOptions,
} from "../../../src/agent/conversation/options.ts";
import type { JournalEntry } from "../../../src/agent/conversation/recording/journal.ts";
import type { ModelServer } from "../../../src/agent/conversation/request/chat.ts";
import type { QuickLook } from "../../../src/agent/host.ts";
import { NodeLease } from "../../../src/core/budget/lease.ts";
import { Pace } from "../../../src/core/budget/pace.ts";
import { PRICES } from "../../../src/core/budget/price-table.ts";
import { UNKNOWN_WORKBENCH, type Workbench } from "../../../src/core/prompt/workbench.ts";
import { parentId, parseId } from "../../../src/core/tree/id.ts";
import { type Script, StrictServer } from "../../anthropic/server.ts";
import { experimentNode, METRICS } from "../experiment-node.ts";

export const API_KEY = "sk-ant-test-0123456789abcdef";
export const NO_SIGNAL = new AbortController().signal;
export const MODEL = "claude-opus-5-5";

/** Retries without a wait. The limits of an answer are far off: on a machine with other work a good answer may take a second. */
export const FAST: ConversationOptions = {
  ...CONVERSATION_DEFAULTS,
  model: MODEL,
  answer: { silenceMs: 20_000, totalMs: 30_000 },
  retry: { max: 3, firstDelayMs: 1, longestDelayMs: 4, longestWaitMs: 1_000 },
  build: { command: "make", timeoutMs: 5_000 },
  sandbox: { memoryBytes: 2 * 1024 ** 3, network: "none" },
};

const LOOK: QuickLook = { kind: "compared", text: "time_ms 100, no change", isWorse: false };
const NO_LIMITS: NodeBudget = {
  number: 1,
  of: null,
  timeMs: 3_600_000,
  tokensLeft: () => null,
};

/** Short enough that a test of silence takes a part of a second. */
export const IMPATIENT = { silenceMs: 300, totalMs: 1_200 };

export interface LabOptions {
  readonly options?: Partial<ConversationOptions>;
  readonly effort?: MessagesOptions["effort"];
  readonly headers?: ApiAccess["headers"];
  readonly grantedTokens?: number;
  readonly onLongWait?: "wait" | "end";
  readonly fetch?: typeof fetch;
  readonly quickBench?: () => Promise<QuickLook>;
  readonly workbench?: Partial<Workbench>;
  readonly budget?: Partial<NodeBudget>;
}

/** The agent with everything it is handed, and a server to talk to. */
export class Lab<Server extends AsyncDisposable = StrictServer> implements AsyncDisposable {
  readonly server: Server;
  readonly journal: JournalEntry[] = [];
  readonly warnings: string[] = [];
  readonly lease: NodeLease;
  readonly agent: ModelAgent;

  constructor(server: Server, access: ModelServer, given: LabOptions) {
    this.server = server;
    this.lease = new NodeLease({
      granted: { tokens: given.grantedTokens ?? 2_000_000, nanoUsd: Number.MAX_SAFE_INTEGER },
      price: PRICES[MODEL] ?? null,
      finishTokens: 8_000,
      onSettled: () => {},
      onClosed: () => {},
    });
    const pace = new Pace({
      rate: null,
      longWaitMs: 1_000,
      onLongWait: given.onLongWait ?? "end",
      nowMs: Date.now,
      sleep: (delayMs, signal) => sleep(delayMs, undefined, { signal }),
    });
    const { fetch, quickBench = async () => LOOK } = given;
    this.agent = new ModelAgent(
      access,
      { ...FAST, ...given.options },
      {
        forNode: async ({ id }) => ({
          context: { system: "You optimize code.", shared: "The problem.", task: `You are ${id}.` },
          lease: this.lease,
          journal: async (entry) => void this.journal.push(entry),
          budget: { ...NO_LIMITS, ...given.budget },
          workbench: { ...UNKNOWN_WORKBENCH, ...given.workbench },
          quickBench,
          warn: async (message) => void this.warnings.push(message),
        }),
        paidModel: null,
        pace: pace.forModel(MODEL),
        now: () => new Date(),
        ...(fetch === undefined ? {} : { fetchFor: () => fetch }),
      },
    );
  }

  static async open(script: Script, options: LabOptions = {}): Promise<Lab> {
    const server = await StrictServer.start(script, API_KEY);
    const { headers = "bearer", effort = null } = options;
    const access = { apiKey: API_KEY, baseUrl: server.url, headers };
    return new Lab(
      server,
      messagesServer(access, { model: MODEL, effort, cacheTtl: "5m" }),
      options,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.server[Symbol.asyncDispose]());
  }

  async converse(id = "1.1"): Promise<AgentConversation> {
    const conversation = await this.agent.open(taskFor(id));
    if (conversation === null) throw new Error("no conversation");
    return conversation;
  }

  /** The entries of one type, in order. */
  entries<Type extends JournalEntry["type"]>(type: Type) {
    return this.journal.filter(
      (entry): entry is Extract<JournalEntry, { type: Type }> => entry.type === type,
    );
  }
}

export function taskFor(id: string): AgentTask {
  const nodeId = parseId(id);
  const parent = experimentNode(parentId(nodeId) ?? id);
  return {
    id: nodeId,
    parent,
    nodes: [parent],
    metrics: METRICS,
    lease: null,
    readFile: async () => null,
  };
}
