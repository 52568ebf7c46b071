import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { serve } from "../../../../src/cli/commands/looking/serve.ts";
import { MINIMAL } from "../../../config/minimal.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { fakeWorld } from "../../fake-world.ts";
import { storeRun } from "../../stored-run.ts";

describe("loopty serve", () => {
  it.each([
    [{}, /^http:\/\/127\.0\.0\.1:\d+\/\n$/],
    [{ json: true }, /^\{\n {2}"url": "http:\/\/127\.0\.0\.1:\d+\/"\n\}\n$/],
  ])(
    "says with %j where the page is, serves until it is asked to stop, and ends well",
    async (options, text) => {
      const stop = new AbortController();
      const world = fakeWorld(scratchFolder(), { signal: stop.signal });
      await storeRun(world, [{ id: "1" }]);
      const serving = serve(world, options);
      while (world.stderr.text === "") await new Promise((resolve) => setTimeout(resolve, 10));
      expect(world.stdout.text).toMatch(text);
      const [url = ""] = /http[^"\n]+/.exec(world.stdout.text) ?? [];
      expect((await fetch(url)).status).toBe(200);
      stop.abort();
      expect(await serving).toBe(0);
      await expect(fetch(url)).rejects.toThrow("fetch failed");
    },
  );

  it("serves before the first run, and opens the browser where it is asked to", async () => {
    const opened: string[] = [];
    const stop = new AbortController();
    const openInBrowser = (url: string) => opened.push(url);
    const world = fakeWorld(scratchFolder(), { signal: stop.signal, openInBrowser });
    writeFileSync(join(world.cwd, "loopty.yaml"), MINIMAL);
    const serving = serve(world, { open: true });
    while (world.stderr.text === "") await new Promise((resolve) => setTimeout(resolve, 10));
    expect(world.stdout.text).toBe(`${opened[0]}\n`);
    expect((await fetch(opened[0] ?? "")).status).toBe(200);
    stop.abort();
    expect(await serving).toBe(0);
  });

  it("makes no project where there is nothing that loopty could run", async () => {
    const world = fakeWorld(scratchFolder());
    await expect(serve(world, {})).rejects.toThrow("loopty.yaml");
    expect(readdirSync(world.cwd)).toEqual([]);
  });
});
