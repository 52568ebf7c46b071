import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import Docker from "dockerode";
import { describe, expect, it, onTestFinished } from "vitest";
import { engineFailure } from "../../../src/sandbox/engine/engine.ts";
import { failCutAnswers } from "../../../src/sandbox/engine/whole-answer.ts";
import { scratchFolder } from "../../store/scratch.ts";

/** An engine that begins to answer, and then answers as much as it is told. */
async function engineThat(end: (answer: ServerResponse) => void) {
  const socketPath = join(scratchFolder(), "docker.sock");
  const server = createServer((_request, answer) => {
    answer.writeHead(200, { "content-type": "application/json" });
    answer.flushHeaders();
    setTimeout(() => end(answer), 20);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return failCutAnswers(new Docker({ socketPath }));
}

describe("an answer", () => {
  it("that is cut after its beginning fails the request, as the engine's failure", async () => {
    const docker = await engineThat((answer) => answer.destroy());
    const failure = await docker
      .getContainer("a")
      .wait()
      .catch((error: unknown) => error);
    expect(engineFailure(failure)?.message).toBe("the container engine failed: socket hang up");
  });

  it("that is whole is what it says", async () => {
    const docker = await engineThat((answer) => answer.end('{"StatusCode":3}'));
    expect(await docker.getContainer("a").wait()).toEqual({ StatusCode: 3 });
  });

  it("that is no JSON is given as bytes", async () => {
    const docker = await engineThat((answer) => answer.end("OK"));
    expect(await docker.ping()).toEqual(Buffer.from("OK"));
  });
});
