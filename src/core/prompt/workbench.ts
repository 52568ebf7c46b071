import { z } from "zod";

/** What an agent's container offers. It is found out once, at the baseline, and told to every agent of the run. */
export const workbenchSchema = z.strictObject({
  /** bash fails a pipe where any part of it fails. */
  shell: z.enum(["bash", "sh"]),
  /** Compilers, interpreters, profilers and the like that are there, by name. */
  programs: z.array(z.string()),
  /** How many cpus commands have. */
  cpus: z.int().positive(),
  /** The short benchmark: whether it works without the hidden files, as the agent's user. */
  quickBench: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("works") }),
    z.strictObject({ kind: z.literal("absent"), reason: z.string() }),
  ]),
});
export type Workbench = z.infer<typeof workbenchSchema>;

/** Until it was found out. */
export const UNKNOWN_WORKBENCH: Workbench = {
  shell: "sh",
  programs: [],
  cpus: 1,
  quickBench: { kind: "works" },
};
