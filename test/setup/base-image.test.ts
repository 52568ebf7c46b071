import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { baseImage, readBase } from "../../scripts/setup/base-image.mjs";
import { scratchFolder } from "./scratch.ts";

let root: string;
let engine: Server;
let requests: string[];
let answers: Record<string, [status: number, text: string]>;

/** An engine that gives these answers, on a socket in the project's folder. */
beforeEach(async () => {
  root = scratchFolder();
  requests = [];
  answers = {};
  engine = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const [status, text] = answers[line] ?? [404, '{"message":"not found"}'];
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => engine.listen(join(root, "engine.sock"), resolve));
  writeDockerfile("# why\nFROM debian:bookworm-slim\nRUN true\n");
});

afterEach(() => {
  engine.close();
});

function writeDockerfile(text: string) {
  mkdirSync(join(root, "sandbox"), { recursive: true });
  writeFileSync(join(root, "sandbox", "Dockerfile"), text);
}

const context = () => ({
  root,
  env: { DOCKER_HOST: `unix://${join(root, "engine.sock")}` },
  home: root,
  say: () => {},
});

describe("the base image step", () => {
  it("reads the image and its Debian release from the Dockerfile", () => {
    expect(readBase(root)).toEqual({
      reference: "debian:bookworm-slim",
      name: "debian",
      tag: "bookworm-slim",
      suite: "bookworm",
    });
  });

  it.each(["FROM scratch\n", "FROM debian:12-slim\n", "FROM debian:bookworm-slim AS x\n"])(
    "refuses a Dockerfile that starts %j",
    (text) => {
      writeDockerfile(text);
      expect(() => readBase(root)).toThrow(
        "sandbox/Dockerfile does not start FROM debian:RELEASE-slim",
      );
    },
  );

  it("has nothing to do when the engine has the image", async () => {
    answers["GET /images/debian:bookworm-slim/json"] = [200, "{}"];
    expect(await baseImage.whyNeeded(context())).toBeUndefined();
  });

  it("pulls an image that the engine does not have", async () => {
    const pull = "POST /images/create?fromImage=debian&tag=bookworm-slim";
    answers[pull] = [200, '{"status":"Pulling"}\r\n{"status":"Downloaded newer image"}\r\n'];
    expect(await baseImage.whyNeeded(context())).toBe(
      "the engine has no image debian:bookworm-slim: pulling it",
    );
    await baseImage.run(context());
    expect(requests).toEqual(["GET /images/debian:bookworm-slim/json", pull]);
  });

  it("says so when no engine answers", async () => {
    const nowhere = { ...context(), env: { DOCKER_HOST: `unix://${root}/nothing.sock` } };
    await expect(baseImage.whyNeeded(nowhere)).rejects.toThrow(
      `no Docker engine answers at unix://${root}/nothing.sock: connect ENOENT ${root}/nothing.sock`,
    );
  });
});
