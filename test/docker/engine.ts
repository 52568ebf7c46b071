import { homedir } from "node:os";
import { connectEngine } from "../../src/sandbox/engine/engine.ts";
import { sandboxImage } from "../../src/sandbox/image/sandbox-image.ts";

/** Before all tests on Docker: an engine must answer (no skipping), and the sandbox image is built once. */
export async function setup(): Promise<void> {
  const engine = await connectEngine(process.env, homedir());
  await sandboxImage(engine, { kind: "packaged" }, AbortSignal.timeout(600_000));
}
