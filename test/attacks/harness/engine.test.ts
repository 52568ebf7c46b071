import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { clean } from "../../../src/cli/commands/taking/clean.ts";
import { reportFailure } from "../../../src/cli/exit.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { containerIdentity } from "../../../src/sandbox/container/label.ts";
import { connectEngine, engineFailure } from "../../../src/sandbox/engine/engine.ts";
import { makeSnapshot } from "../../../src/sandbox/image/snapshot.ts";
import type { Base } from "../../../src/sandbox/sandbox.ts";
import { findProject } from "../../../src/store/project.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { storeRun, workspaceFiles } from "../../cli/stored-run.ts";
import { settings as paperSettings } from "../../sandbox/paper-settings.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";
import { answerJson, breakEngine } from "./broken-engine.ts";

const VERSION = { Version: "29.5.1", ApiVersion: "1.50", Components: [] };
const INFO = { ID: "x", NCPU: 2, MemTotal: 1 };
const BASE: Base = {
  ...{ tag: "loopty/p:base-1", imageId: "i", layers: ["l"] },
  fileTime: new Date(0),
  tree: [],
};

describe("an engine that breaks", () => {
  attack(
    {
      case: "55",
      title: "dockerd is killed while it answers",
      outcome:
        "told as the engine's failure; nothing is recorded, the lock is free, names are never used again",
    },
    async () => {
      const engine = await breakEngine(({ url, socket }, response) => {
        if (url === "/version") answerJson(response, 200, VERSION);
        else if (url === "/info") answerJson(response, 200, INFO);
        else socket.destroy();
      });
      const world = fakeWorld(scratchFolder(), {
        env: { DOCKER_HOST: engine.url, PATH: process.env.PATH },
      });
      const nodes = await storeRun(world, [{ id: "1", files: { a: "a" } }]);
      const failure = await clean(world, {}).catch((error: unknown) => error);
      expect(await reportFailure(failure, world)).toBe(4);
      expect(world.stderr.text).toBe("error: the container engine failed: socket hang up\n");
      const project = await findProject(world.cwd, world);
      expect(await project?.isLocked()).toBe(false);
      expect((await project?.openRun(1))?.nodes).toEqual(nodes);
      const names = Array.from(
        { length: 2000 },
        () => containerIdentity(paperSettings, "agent", null).name,
      );
      expect(new Set(names).size).toBe(names.length);
    },
  );

  attack(
    {
      case: "56",
      title: "dockerd is killed while it commits an image",
      outcome:
        "the engine's failure, without a second commit; its container goes with the next start",
    },
    async () => {
      const engine = await breakEngine(({ method, url = "", socket }, response) => {
        if (url.startsWith("/commit")) socket.destroy();
        else if (url.startsWith("/containers/create")) answerJson(response, 201, { Id: "helper" });
        else if (method === "PUT") answerJson(response, 200, {});
        else if (method === "DELETE") answerJson(response, 204, null);
        else answerJson(response, 404, { message: "no such image" });
      });
      const files = workspaceFiles({ "a.c": "a" });
      const failure = await makeSnapshot(
        engine.settings,
        BASE,
        parseId("3.1"),
        files,
        "true",
      ).catch((error: unknown) => error);
      expect(engineFailure(failure)?.message).toContain("socket hang up");
      expect(engine.requests).toEqual([
        "POST /containers/create",
        "PUT /containers/helper/archive",
        "GET /images/loopty/p:3.1/json",
        "POST /commit",
        "DELETE /containers/helper",
      ]);
    },
  );

  attack(
    {
      case: "65",
      title: "an engine that is absent, silent, failing, too old, or another server",
      outcome: "told with its address, in bounded time, after one question each",
    },
    async () => {
      const failureOf = async (url: string) => {
        const world = fakeWorld(scratchFolder());
        const error = await connectEngine({ DOCKER_HOST: url }, "/nonexistent", 300).catch(
          (failure: unknown) => failure,
        );
        expect(await reportFailure(error, world)).toBe(4);
        return world.stderr.text.split("\n")[0]?.replace(/unix:\S*docker\.sock/, "URL");
      };
      const absent = join(scratchFolder(), "docker.sock");
      const no = "error: no container engine answers at URL:";
      expect(await failureOf(`unix://${absent}`)).toBe(`${no} connect ENOENT ${absent}`);
      const answers: readonly (readonly [(response: ServerResponse) => void, string])[] = [
        [() => {}, `${no} socket hang up`],
        [
          (response) => answerJson(response, 500, { message: "boom" }),
          `${no} (HTTP code 500) server error - boom `,
        ],
        [
          (response) => answerJson(response, 503, { message: "busy" }),
          `${no} (HTTP code 503) unexpected - busy `,
        ],
        [(response) => response.end("<html>"), `${no} what answers is another server`],
        [(response) => response.destroy(), `${no} socket hang up`],
        [
          (response) =>
            answerJson(response, 200, {
              ...VERSION,
              ...INFO,
              Version: "19.03.1",
              ApiVersion: "1.40",
            }),
          "error: the container engine at URL is too old: version 19.03.1, API 1.40",
        ],
      ];
      for (const [answer, told] of answers) {
        const engine = await breakEngine((_request, response) => answer(response));
        expect(await failureOf(engine.url)).toBe(told);
        expect(engine.requests).toContain("GET /version");
        expect(new Set(engine.requests).size).toBe(engine.requests.length);
      }
    },
  );
});
