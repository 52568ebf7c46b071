import type { AgentConversation } from "../../agent/agent.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";

/** A reserved node, and who will change its parent's files. */
export interface OpenedNode {
  readonly parent: ExperimentNode;
  readonly node: ExperimentNode;
  readonly conversation: AgentConversation;
}
