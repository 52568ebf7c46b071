import { closeSync, openSync, writeSync } from "node:fs";

const BLOCK_BYTES = 1024 * 1024;

/** Takes all the room that is left on a disk, with one file. */
export function fillDisk(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let bytes = BLOCK_BYTES; bytes >= 1; ) {
      try {
        writeSync(file, Buffer.alloc(bytes));
      } catch {
        bytes = Math.floor(bytes / 16);
      }
    }
  } finally {
    closeSync(file);
  }
}
