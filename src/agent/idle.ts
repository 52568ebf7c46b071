import type { Agent } from "./agent.ts";

/** An agent without ideas, for callers that open a run without growing its tree. */
export const IDLE: Agent = { paidModel: null, open: async () => null };
