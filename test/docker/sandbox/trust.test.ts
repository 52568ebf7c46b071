import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { sandboxImage } from "../../../src/sandbox/image/sandbox-image.ts";
import { trustImage } from "../../../src/sandbox/image/trust.ts";
import { readImage } from "../container.ts";
import { openLab, signal } from "../lab.ts";
import { makeCertificates } from "../remote/certificates.ts";

/** Serves itself over TLS, with what is beside it, and asks itself. */
const ASK = `
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
const read = (name) => readFileSync(new URL(name, import.meta.url));
const server = createServer({ key: read("key.pem"), cert: read("cert.pem") }, (_, answer) => answer.end("trusted"));
server.listen(0, async () => {
  const asked = fetch(\`https://127.0.0.1:\${server.address().port}\`).then((answer) => answer.text());
  console.log(await asked.catch((error) => error.cause.code));
  process.exit();
});
`;

describe("sandbox.ca", () => {
  let folder = "";
  let ca = "";
  let files: Record<string, string> = {};
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "loopty-ca-"));
    const { server } = makeCertificates(folder, "127.0.0.1");
    ca = join(server, "ca.pem");
    const [key = "", cert = ""] = ["key.pem", "cert.pem"].map((name) =>
      readFileSync(join(server, name), "utf8"),
    );
    files = { "ask.mjs": ASK, "key.pem": key, "cert.pem": cert };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([true, false])("decides whether setup trusts its server: %s", async (isTrusted) => {
    await using lab = await openLab({
      files: { ...files, "a.c": "" },
      access: { writable: ["a.c"] },
      setup: "node ask.mjs > said",
      ...(isTrusted ? { ca } : {}),
    });
    const { docker } = lab.settings.engine;
    const made = await readImage(docker, lab.base.imageId, "/");
    expect(made.get("/workspace/said")?.text).toBe(
      isTrusted ? "trusted\n" : "UNABLE_TO_VERIFY_LEAF_SIGNATURE\n",
    );
    expect([...made.keys()].filter((path) => path.includes("loopty-ca"))).toEqual([]);
    const { Config } = await docker.getImage(lab.base.imageId).inspect();
    expect(Config.Env?.filter((each) => /CERT|CA/.test(each))).toEqual([]);
  });

  it("lets an image's build trust it, and leaves no certificate and no variable in the image", async () => {
    const engine = await connectEngine(process.env, homedir());
    const packaged = await sandboxImage(engine, { kind: "packaged" }, signal);
    const beside = join(folder, "Dockerfile");
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, ".dockerignore"), "*\n!*.mjs\n!*.pem\n");
    const [parent = ""] = packaged.RepoTags;
    writeFileSync(
      beside,
      `FROM ${parent}\nLABEL stamp=${folder}\nCOPY . /asked/\nRUN node /asked/ask.mjs > /said\n`,
    );
    const image = await sandboxImage(engine, { kind: "dockerfile", path: beside }, signal, ca);
    try {
      const made = await readImage(engine.docker, image.Id, "/said");
      expect([...made.values()].map(({ text }) => text)).toEqual(["trusted\n"]);
      const asked = await readImage(engine.docker, image.Id, "/asked");
      expect([...asked.keys()].map((path) => path.replace(/^.*asked\/?/, "")).sort()).toEqual([
        "",
        "ask.mjs",
        "cert.pem",
        "key.pem",
      ]);
      const root = [...(await readImage(engine.docker, image.Id, "/")).keys()];
      expect(root.filter((path) => path.includes("loopty-ca"))).toEqual([]);
      expect(image.Config.Env).toEqual(packaged.Config.Env);
      const wrong = `FROM ${parent}\nLABEL stamp=${folder}\nECHO hi\n`;
      writeFileSync(beside, wrong);
      const refused = sandboxImage(engine, { kind: "dockerfile", path: beside }, signal, ca);
      await expect(refused).rejects.toThrow(
        engine.kind === "podman" ? /ECHO/i : `${beside}:3: unknown instruction: ECHO`,
      );
    } finally {
      await engine.docker.getImage(image.Id).remove({ force: true });
      await engine.docker.getImage(await trustImage(engine, ca)).remove({ force: true });
    }
  });
});
