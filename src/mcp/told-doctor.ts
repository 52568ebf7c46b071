import { z } from "zod";

const checksSchema = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["ok", "warn", "fail"]),
      text: z.string(),
      hint: z.string().nullable(),
    }),
  ),
});
const findingsSchema = z.object({
  findings: z.array(z.object({ attack: z.string(), outcome: z.string() })),
});

/** Checks that run nothing beside the hidden files and name none. */
const OPEN_CHECKS: ReadonlySet<string> = new Set([
  ..."agent base build config cpus disk engine git image mounts node tuner".split(" "),
]);

/**
 * What `loopty doctor` found, as an agent may know it where something is hidden: of steps that see the hidden files only whether they
 * went well, of attacks only how they ended.
 */
export function toldDiagnosis(json: unknown): object | null {
  const checked = checksSchema.safeParse(json);
  if (checked.success) {
    return {
      checks: checked.data.checks.map((check) =>
        OPEN_CHECKS.has(check.name) ? check : { name: check.name, state: check.state },
      ),
    };
  }
  const found = findingsSchema.safeParse(json);
  return found.success ? found.data : null;
}
