import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Test files that run side by side ask what loopty does, not how fast: they need not wait for each other's measurements.
process.env.TMPDIR = mkdtempSync(join(tmpdir(), "loopty-tests-"));
