import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { usageOfWire, wireEntriesIn } from "../../../src/agent/gateway/wire-journal.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { openaiChatForm } from "../../models/openai-chat.ts";
import { type ModelScript, ScriptedModel } from "../../models/scripted-model.ts";
import { commandProject, openCommandRun } from "./scripted-command.ts";

const KEY = "sk-own-0123456789abcdef";
const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const ASK = `import json, os, sys, urllib.request
def ask(words):
    body = {"model": os.environ["MODEL"], "max_tokens": 1000, "stream": True,
            "messages": [{"role": "user", "content": words}]}
    request = urllib.request.Request(os.environ["URL"] + "/v1/chat/completions", json.dumps(body).encode(),
        {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/json"})
    text = ""
    for line in urllib.request.urlopen(request):
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                text += choice["delta"].get("content") or ""
    return text
`;
const ONCE = `
text = ask(sys.argv[1])
open("src/size", "w").write(text + "\\n")
print("Wrote " + text)
`;
/** A grandchild in a session of its own, deaf to signals, asks for ever. */
const FORKS = `
import signal, time
if os.fork() == 0:
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        for descriptor in (0, 1, 2):
            os.close(descriptor)
        while True:
            try:
                ask("and I go on")
            except Exception:
                time.sleep(0.05)
    os._exit(0)
`;

const AGENT = `
  kind: command
  api: openai-chat
  model: my-model
  run: ["python3", "/workspace/agent.py", "$PROMPT"]
  env: { MODEL: $MODEL, URL: $URL, TOKEN: $TOKEN }`;
const start = (script: ModelScript) =>
  ScriptedModel.start(openaiChatForm, { key: KEY, model: "my-model", script });
const envOf = (model: ScriptedModel) => ({
  OPENAI_API_KEY: KEY,
  OPENAI_BASE_URL: `${model.url}/v1`,
});
const isAnalysis = (said: string) => said.includes("Answer in plain text");
const placeIn = (said: string) => /Experiment (1[\d.]+), on top of/.exec(said)?.[1];

it("a command line that leaves processes behind is billed for what they ask, and asks nothing once its node is over", async () => {
  let hear = () => {};
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  await using model = await start(async (said) => {
    if (isAnalysis(said)) return { kind: "text", text: "It held." };
    if (said.includes("and I go on")) hear();
    // However fast an engine is: what is left behind has asked before its parent ends.
    else await heard;
    return { kind: "text", text: "80" };
  });
  const files = { ...commandProject(AGENT, 1), "agent.py": `${ASK}${FORKS}${ONCE}` };
  await using run = await openCommandRun(files, envOf(model));
  const { nodes } = await run.grow("new");
  const node = nodes[1];
  expect(node).toMatchObject({ verdict: "improved", metrics: { cost: 80 }, analysis: "It held." });
  expect(model.said.filter((said) => said.includes("and I go on"))).not.toEqual([]);
  if (node === undefined) throw new Error("no node");
  const stored = await run.project.project.openRun(1);
  const transcript = (await stored.readNodeFile(node.id, "transcript.jsonl")) ?? Buffer.alloc(0);
  expect(node.usage.tokens).toBe(usageOfWire(transcript, null).usage.tokens);
  expect(node.usage.tokens).toBeGreaterThanOrEqual(model.billedTokens);
  const types = wireEntriesIn(transcript.toString()).entries.map(({ type }) => type);
  // An answer that was on its way may come later. Nobody but the analysis asks.
  const count = (type: string) => types.filter((each) => each === type).length;
  expect(count("wire_answer")).toBe(count("wire_request"));
  expect(
    types.slice(types.indexOf("command_ended")).filter((type) => type !== "wire_answer"),
  ).toEqual(["command_ended", "wire_request", "command_ended"]);
});

it("two nodes at once ask beside each other, and each pays for its own", async () => {
  const waiting = new Map<string, () => void>();
  await using model = await start(async (said) => {
    const place = placeIn(said) ?? "";
    if (isAnalysis(said)) return { kind: "text", text: `It held in ${place}.` };
    await new Promise<void>((resolve) => {
      waiting.set(place, resolve);
      if (waiting.size === 2) for (const answer of waiting.values()) answer();
    });
    return { kind: "text", text: place === "1.1" ? "80" : "70" };
  });
  const files = commandProject(AGENT, 2);
  const yaml = files["loopty.yaml"]?.replace("search: {", "search: { parallel: 2,") ?? "";
  await using run = await openCommandRun(
    { ...files, "loopty.yaml": yaml, "agent.py": `${ASK}${ONCE}` },
    envOf(model),
  );
  const { nodes } = await run.grow("new");
  expect(nodes.map(({ id, metrics }) => [id, metrics.cost])).toEqual([
    ["1", 100],
    ["1.1", 80],
    ["1.2", 70],
  ]);
  expect(nodes.slice(1).map(({ analysis }) => analysis)).toEqual([
    "It held in 1.1.",
    "It held in 1.2.",
  ]);
  expect(model.refusals).toEqual([]);
  expect(nodes.reduce((sum, { usage }) => sum + usage.tokens, 0)).toBe(model.billedTokens);
  const stored = await run.project.project.openRun(1);
  for (const { id, usage } of nodes.slice(1)) {
    const transcript = (await stored.readNodeFile(id, "transcript.jsonl")) ?? Buffer.alloc(0);
    expect(usageOfWire(transcript, null).usage.tokens).toBe(usage.tokens);
    const places = wireEntriesIn(transcript.toString())
      .entries.filter(({ type }) => type === "wire_request")
      .map((entry) => placeIn(JSON.stringify(entry)));
    // The journal has what is new in each request, which for the analysis is the question alone.
    expect(places).toEqual([id, undefined]);
  }
});

it("killed in the middle of a stream, a run goes on with another node, and counts the stream whole", async () => {
  let kill = () => {};
  await using model = await start((said) => {
    if (isAnalysis(said)) return { kind: "text", text: "It held." };
    if (placeIn(said) !== "1.1") return { kind: "text", text: "80" };
    kill();
    return new Promise(() => {});
  });
  const files = { ...commandProject(AGENT, 1), "agent.py": `${ASK}${ONCE}` };
  await using run = await openCommandRun(files, envOf(model));
  const { directory, engine, project } = run.project;
  const loopty = (...args: string[]) =>
    new Promise<{ readonly code: number | null; readonly told: string }>((resolve) => {
      const env = { ...process.env, ...envOf(model) };
      const child = spawn(process.execPath, [MAIN, ...args], { cwd: directory, env });
      kill = () => child.kill("SIGKILL");
      let told = "";
      child.stderr.on("data", (chunk: Buffer) => {
        told += chunk.toString();
      });
      child.on("close", (code) => resolve({ code, told }));
    });
  expect((await loopty("run")).code).toBeNull();
  const end = await loopty("run", "--resume");
  expect(end.code, end.told).toBe(0);

  const stored = await project.openRun(1);
  const [, killed, next] = stored.nodes;
  expect(killed).toMatchObject({ id: "1.1", verdict: "interrupted" });
  expect(next).toMatchObject({ id: "1.2", verdict: "confirmed", analysis: "It held." });
  const transcript = await readFile(
    `${directory}/.loopty/runs/1/nodes/1.1/transcript.jsonl`,
    "utf8",
  );
  const [, request, ...others] = wireEntriesIn(transcript).entries;
  if (request?.type !== "wire_request") throw new Error("no request");
  expect(others).toEqual([]);
  expect(killed?.usage.tokens).toBe(request.reserved.input + request.reserved.output);
  expect(next?.usage.tokens).toBe(model.billedTokens);

  const filters = { label: [`${LABEL.project}=${project.projectId}`] };
  expect(await engine.docker.listContainers({ all: true, filters })).toEqual([]);
  expect((await engine.docker.listVolumes({ filters })).Volumes).toEqual([]);

  // Other projects use the same packages.
  expect((await loopty("clean")).code).toBe(0);
  expect(await engine.docker.listImages({ filters })).toEqual([]);
  const packages = { label: [`${LABEL.kind}=packages`] };
  expect((await engine.docker.listVolumes({ filters: packages })).Volumes).not.toEqual([]);
});
