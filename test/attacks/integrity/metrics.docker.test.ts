import { describe, expect } from "vitest";
import type { BenchmarkRun } from "../../../src/measure/benchmark.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { HEADER, measuring } from "../measuring.ts";

const rowsOf = (run: BenchmarkRun) =>
  run.kind === "measured" ? run.table.rows.map(({ values }) => values[0]) : run.reason;

describe("the metrics of the code under test", () => {
  const here = openLaboratory();

  attack(
    {
      case: "50",
      title: "rows printed by the code under test, and a frame of the engine's among them",
      outcome: "only the metrics file counts, and where that is stdout only stdout",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const forged = `printf '%s\\n' '${HEADER}' 1,0.001 9,0.001`;
      const real = (target: string) => `(echo '${HEADER}'; echo 1,5) ${target}`;
      const file = await bench(`${forged}; ${forged} >&2; ${real("> $LOOPTY_METRICS")}`);
      expect(rowsOf(file)).toEqual([5]);
      const frame = "printf '\\001\\000\\000\\000\\000\\000\\000\\0109,0.001\\n' >&2";
      const printed = `${forged} >&2; ${frame}; ${real("")}; ${frame}`;
      expect(rowsOf(await bench(printed, { metricsFile: null }))).toEqual([5]);
    },
  );

  attack(
    {
      case: "51",
      title: "a clock that is set or patched, so that a second looks like a millisecond",
      outcome: "the clock cannot be set, and the engine's own time stands beside the row",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const patched = `date -s 2001-01-01 2>&1 >/dev/null | tail -n 1
exec python3 -c 'import os, time
time.monotonic = time.perf_counter = iter((0, 0.001)).__next__
start = time.perf_counter()
time.sleep(1.2)
ms = (time.perf_counter() - start) * 1000
open(os.environ["LOOPTY_METRICS"], "w").write("${HEADER}\\n1,%f\\n" % ms)'`;
      const run = await bench(patched);
      expect(rowsOf(run)).toEqual([1]);
      expect(run.log.toString()).toContain("Operation not permitted");
      expect(run).toMatchObject({ wallMs: expect.any(Number) });
      expect("wallMs" in run ? run.wallMs : 0).toBeGreaterThan(1200);
    },
  );

  attack(
    {
      case: "52",
      title: "results kept from one run of the benchmark for the next",
      outcome: "nothing is left: every run starts from the built image",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const places = "/workspace /workspace/src /workspace/out /tmp /var/tmp /dev/shm /run/lock";
      const memoise = `found=0
for d in ${places}; do [ -e $d/cache ] && found=1; echo 1 > $d/cache || exit 9; done
(echo '${HEADER}'; echo 1,$found) > $LOOPTY_METRICS; (setsid sleep 60 &)`;
      for (let run = 0; run < 2; run++) {
        expect(rowsOf(await bench(memoise, { build: "mkdir out" }))).toEqual([0]);
      }
    },
  );

  attack(
    {
      case: "105",
      title: "a device, a pipe or a link in place of the metrics file",
      outcome: "metrics_invalid, and whoever follows it live is not held up",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const row = `printf '%s\\n' '${HEADER}' 1,5`;
      for (const [command, kind] of [
        ["ln -s /dev/zero metrics.csv; sleep 1", "symlink"],
        [`mkfifo metrics.csv; (${row} > metrics.csv &); sleep 0.5`, "fifo"],
        [`${row} > /tmp/m; ln -s /tmp/m metrics.csv`, "symlink"],
      ] as const) {
        const start = performance.now();
        expect(await bench(command)).toMatchObject({
          verdict: "metrics_invalid",
          reason: `the benchmark left a ${kind} as its metrics file`,
        });
        expect(performance.now() - start).toBeLessThan(15_000);
      }
    },
  );

  attack(
    {
      case: "106",
      title: "a better row, written by a process that outlives the benchmark",
      outcome: "its process ends with the benchmark's, and the row is never written",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const late = `(echo '${HEADER}'; echo 1,5) > $LOOPTY_METRICS
setsid sh -c 'trap "" TERM HUP; sleep 0.4; echo 2,0.001 >> $LOOPTY_METRICS' &
exit 0`;
      expect(rowsOf(await bench(late))).toEqual([5]);
    },
  );

  attack(
    {
      case: "109",
      title: "telling parent from child, or one run from the next, to be fast for one of them",
      outcome: "nothing in sight differs, not even the size of the environment",
    },
    async () => {
      const { bench } = measuring(here.lab);
      const look = `cat /proc/self/environ | tr '\\0' '\\n' | sort; wc -c < /proc/1/environ
cat /proc/1/cmdline | tr '\\0' ' '; hostname; id; pwd; ulimit -a; nproc
grep -E '^(Cap|Seccomp|NoNewPrivs|Cpus)' /proc/self/status
ls -la --time-style=full-iso /workspace /workspace/src | grep -v ' \\.\\.\\?$'
cut -d ' ' -f 5,6 /proc/self/mountinfo; wc -c < /proc/self/cgroup`;
      const seen = [];
      for (const node of ["1", "1.23.4"]) {
        const { log } = await bench(look, { node });
        seen.push(log.toString());
      }
      expect(seen[1]).toBe(seen[0]);
      expect(seen[0]).toContain("LOOPTY_METRICS=/workspace/metrics.csv\n");
      expect(seen[0]).not.toMatch(/1\.23|loopty\/lab|\bparent|child/);
    },
  );
});
