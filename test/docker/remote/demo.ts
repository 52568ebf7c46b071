import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProgramEnd } from "../loop/program.ts";

export const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const NEEDED = ["dist", "scripts", "sandbox", "examples/matmul", "loopty.yaml", "package.json"];

/** What `npm run demo` does after set-up, in a copy of the repository: its records are not the repository's. */
export class Demo implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "loopty-demo-"));

  constructor() {
    for (const path of NEEDED) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      cpSync(join(REPOSITORY, path), join(this.folder, path), { recursive: true });
    }
    symlinkSync(join(REPOSITORY, "node_modules"), join(this.folder, "node_modules"));
    // Everything happens, and each thing a few times: how fast it is, is of no interest here.
    this.#edit("loopty.yaml", /^ {2}experiments: 12\b/m, "  experiments: 2");
    this.#edit("examples/matmul/src/bench.c", /^#define SIZE 384$/m, "#define SIZE 128");
    this.#edit(
      "examples/matmul/src/bench.c",
      /^#define MULTIPLICATIONS_PER_ROW 6$/m,
      "#define MULTIPLICATIONS_PER_ROW 2",
    );
  }

  #edit(path: string, text: RegExp, replacement: string): void {
    const file = join(this.folder, path);
    const before = readFileSync(file, "utf8");
    if (!text.test(before)) throw new Error(`${path} has no ${text}`);
    writeFileSync(file, before.replace(text, replacement));
  }

  run(env: Readonly<Record<string, string>>): Promise<ProgramEnd> {
    const script = join(this.folder, "scripts", "demo.mjs");
    const child = spawn(process.execPath, [script], { env: { ...process.env, ...env } });
    let stdout = "";
    let progress = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      progress += chunk.toString("utf8");
    });
    return new Promise((done) => child.on("close", (code) => done({ code, stdout, progress })));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
