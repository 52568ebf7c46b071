import { extname } from "node:path";
import { isBelow } from "../core/access/path.ts";

/** Endings of what a build makes to be graded. Anything else may be a program, whatever its permissions are. */
const DATA = new Set(
  ".csv .dat .gif .jpg .json .jsonl .log .md .npy .npz .parquet .pgm .png .ppm .svg .tsv .txt .wav .xml".split(
    " ",
  ),
);

/** Whether a build's outputs may hold code: all that is not data by its name, and data that may be executed. */
export function mayHoldCode(outputs: readonly string[], executable: readonly string[]): boolean {
  const isFolder = (path: string) => outputs.some((other) => isBelow(other, path));
  const isData = (path: string) => DATA.has(extname(path).toLowerCase());
  return executable.length > 0 || outputs.some((path) => !isData(path) && !isFolder(path));
}
