import type { Agent } from "./agent.ts";

/** For who opens a run without growing its tree: it has no idea. */
export const IDLE: Agent = { paidModel: null, open: async () => null };
