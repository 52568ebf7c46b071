import { join } from "node:path";
import { z } from "zod";
import { writeWholeFile } from "./files/atomic-file.ts";
import { readJsonFile, requireValue } from "./files/json-file.ts";

/** SHA-256 of each protected file that a run's base has, by path. */
export type ProtectedDigests = Readonly<Record<string, string>>;

const FILE = "protected.json";
const schema = z.record(z.string(), z.string());

/** Kept beside the run's record, which is written again and again and must stay small. */
export async function writeProtectedDigests(
  runFolder: string,
  digests: ProtectedDigests,
): Promise<void> {
  await writeWholeFile(join(runFolder, FILE), `${JSON.stringify(digests)}\n`);
}

/** `null` where a run has none: it was made by an older version, or killed at its very start. Throws `UserError` where it is damaged. */
export async function readProtectedDigests(runFolder: string): Promise<ProtectedDigests | null> {
  const path = join(runFolder, FILE);
  const reading = await readJsonFile(path, schema);
  if (reading.kind === "missing") return null;
  return requireValue(
    reading,
    path,
    async () => "remove it: nothing is lost but the comparison with the workspace",
  );
}
