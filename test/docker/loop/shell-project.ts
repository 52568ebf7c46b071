/** A project of shell scripts whose metric is exact: the number in `src/size`. It needs no compiler and no time. */
export const EDITS = `
version: 1
edits:
  - { parent: "1", description: smaller, changes: [{ path: src/size, content: "90\\n" }] }
  - { parent: "1", description: wrong, changes: [{ path: src/answer, content: "43\\n" }] }
  - { parent: "1", description: again, changes: [{ path: src/size, content: "90\\n" }] }
  - parent: "1"
    description: does not build at first
    changes: [{ path: src/size, content: "" }]
    repairs: [[{ path: src/size, content: "95\\n" }]]
  - { parent: "1", description: outside, changes: [{ path: bench.sh, content: "echo" }] }
  - { parent: "1.1", description: smaller still, changes: [{ path: src/size, content: "50\\n" }] }
`;

/** @param edits what the replay agent does */
export function shellProject(edits: string = EDITS): Record<string, string> {
  return {
    "loopty.yaml": `
name: shell-${crypto.randomUUID().slice(0, 8)}
statement: make it small
access:
  writable: [src/]
  hidden: [oracle/]
sandbox: { memory: 256m, pids: 64, disk: 64m }
commands: { build: sh build.sh, verify: sh verify.sh, benchmark: sh bench.sh }
agent: { kind: replay, from: edits.yaml, repairs: 1 }
budget: { experiments: 20 }
rate_limit: { experiments: none }
`,
    "edits.yaml": edits,
    "src/size": "100\n",
    "src/answer": "42\n",
    "build.sh": "sleep 0.3; grep -q . src/size && cp src/size built-size\n",
    "verify.sh": "cmp src/answer oracle/answer\n",
    "bench.sh": `echo 'iteration,cost (lower is better)' > "$LOOPTY_METRICS"
for i in 1 2 3; do echo "$i,$(cat built-size)" >> "$LOOPTY_METRICS"; done
sleep 0.1
`,
    "oracle/answer": "42\n",
  };
}
