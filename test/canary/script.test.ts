import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { around, makeFiles, readReport, tryToChange } from "../../src/canary/script.ts";
import { scratchFolder } from "../store/scratch.ts";

const sh = (script: string, cwd = scratchFolder()) => {
  try {
    return {
      status: 0,
      output: execFileSync("sh", ["-c", `exec 2>&1\n${script}`], { cwd }).toString(),
    };
  } catch (error) {
    if (!(error instanceof Error && "status" in error && "stdout" in error)) throw error;
    return { status: error.status, output: String(error.stdout) };
  }
};

describe("a canary's script", () => {
  it("reports each word once, and nothing that another command printed", () => {
    const report = readReport(
      "x loopty-canary:left:a\nloopty-canary:left:/b:c\nloopty-canary:left:/b:c\n",
    );
    expect([report("left"), report("hidden")]).toEqual([["/b:c"], []]);
  });

  it("leaves the user's command and its end as they are", () => {
    const command = "cat << 'END'\nit's $HOME\nEND\nexit 7 # done";
    const script = around("echo before", command, "echo after");
    expect(sh(script)).toEqual({ status: 7, output: "before\nit's $HOME\nafter\n" });
    expect(sh(around("echo before", command, "echo after", true)).output).toBe("before\nafter\n");
  });

  it("finds what it can change, by any name", () => {
    const cwd = scratchFolder();
    const name = "it's a $(file)";
    expect(sh(makeFiles([`${name}/deep`]), cwd)).toEqual({ status: 0, output: "" });
    const { output } = sh(tryToChange([`${name}/deep`]), cwd);
    expect(readReport(output)("changed")).toEqual([`${name}/deep`]);
    expect(sh(tryToChange([])).output).toBe("");
  });
});
