import { it } from "vitest";
import { openLab } from "../lab.ts";
const DEEP = (at: string) => `cd ${at} && python3 -c '
import os
for i in range(3000):
    os.mkdir("d" * 20); os.chdir("d" * 20)
open("f", "w").write("x" * (30 << 20))
print("made")'; sleep 6`;
it("x", async () => {
  await using lab = await openLab({ files: { "src/k.c": "1\n" }, access: { writable: ["src/"] }, limits: { diskBytes: 20 << 20 + 0, memoryBytes: 128<<20 } });
  const d = lab.scope.engine.docker;
  const t = async (n: string, f: () => Promise<unknown>) => { const s = performance.now(); let r: unknown; try { r = await f(); } catch (e) { r = e; } console.log(n, Math.round(performance.now() - s), r instanceof Error ? String(r).slice(0, 300) : JSON.stringify(r)?.slice(0, 500)); };
  const show = setInterval(async () => {
    const cs: any[] = await d.listContainers({ all: true, size: true, filters: { label: [`loopty.project=${lab.scope.projectId}`] } } as any).catch((e: unknown) => [String(e)] as any);
    const df: any = await d.df().catch((e: unknown) => ({ Volumes: [String(e)] }));
    console.log(JSON.stringify(cs.map((c) => [c.State, c.SizeRw])), JSON.stringify(df.Volumes?.filter((v: any) => v.Name?.startsWith("loopty-node")).map((v: any) => v.UsageData)), df.Volumes === null ? "null" : "");
  }, 1500);
  await t("build", () => lab.build(DEEP("/workspace")));
  await t("play", () => lab.play(DEEP("/workspace/src")));
  await t("play2", () => lab.play(DEEP("/workspace")));
  clearInterval(show);
}, 200000);
