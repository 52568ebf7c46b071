#!/usr/bin/env node
// What an experiment costs in requests, bytes and tokens, with a scripted model that looks only at what it was not told:
// `npm run build && node bench/experiments.mjs`; with `DIST` another build, such as that of an older commit.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { listImages, removeImages } from "../dist/sandbox/clean-up/image-removal.js";
import { connectEngine } from "../dist/sandbox/engine/engine.js";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const BYTES_PER_TOKEN = 3.5;

/** The edits of an experiment by its depth: the search is greedy, so each stands on the one before. */
const EXAMPLES = [
  {
    name: "circle-packing",
    file: "pack.py",
    edits: [
      ["radius = 1 / 12 - 1e-12", "radius = 1 / 12 - 1e-13"],
      ["radius = 1 / 12 - 1e-13", "radius = 1 / 12 - 1e-15"],
    ],
  },
  {
    name: "matmul",
    // What is measured here is the conversation.
    quicker: ["src/bench.c", "#define SIZE 384", "#define SIZE 96"],
    file: "src/matmul.c",
    edits: [
      ["#define LOOP_ORDER 0", "#define LOOP_ORDER 1"],
      ["#define UNROLL 1 ", "#define UNROLL 8 "],
    ],
    yaml: `name: bench-matmul
statement: Make matmul() in src/matmul.c faster.
access: { writable: [src/matmul.c, src/kernels/], hidden: [oracle/] }
commands: { build: make bench verify, verify: make test, benchmark: ./bench }
agent: { kind: claude }
budget: { tokens: 3_000_000, experiments: 2 }
`,
  },
];

/** Prints a markdown table. */
export async function benchExperiments(dist = join(HERE, "dist"), only = null) {
  console.log(
    "| example | requests | new bytes sent | answer bytes | tokens | bytes read from the cache |",
  );
  console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
  for (const example of EXAMPLES.filter(({ name }) => only === null || name === only)) {
    const spent = await spentOn(example, dist);
    console.log(`| ${[example.name, ...spent].join(" | ")} |`);
  }
}

async function removeImagesOf(directory) {
  const record = await readFile(join(directory, ".loopty/project.json"), "utf8");
  const engine = await connectEngine(process.env, homedir());
  await removeImages(engine, await listImages(engine, JSON.parse(record).projectId));
}

/** Means of one experiment. */
async function spentOn({ name, file, edits, yaml, quicker }, dist) {
  const directory = await mkdtemp(join(tmpdir(), "loopty-experiments-"));
  const asked = [];
  let child = null;
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const answer = answerTo(body, file, edits);
    asked.push({ body, answer });
    // What follows the last analysis is measured without the model.
    if (analysesIn(asked) === edits.length) setTimeout(() => child?.kill("SIGINT"), 1000);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(eventsOf(answer, asked.length));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    await cp(join(HERE, "examples", name), directory, { recursive: true });
    if (quicker !== undefined) {
      const [bench, slow, quick] = quicker;
      const text = await readFile(join(directory, bench), "utf8");
      await writeFile(join(directory, bench), text.replace(slow, quick));
    }
    const path = join(directory, "loopty.yaml");
    const written = yaml ?? (await readFile(path, "utf8"));
    const few = written
      .replace(/^name: .*$/m, `name: bench-${crypto.randomUUID().slice(0, 8)}`)
      .replace(/experiments: \d+/, "experiments: 2")
      .replace(/^context: all\n/m, "");
    await writeFile(path, `${few}search: { policy: greedy }\n`);
    child = startLoopty(dist, directory, server.address().port);
    await new Promise((done) => child.on("close", done));
  } finally {
    server.close();
    await removeImagesOf(directory);
    await rm(directory, { recursive: true, force: true });
  }
  return figuresOf(asked, edits.length);
}

function figuresOf(asked, experiments) {
  let fresh = 0;
  let cached = 0;
  let answers = 0;
  let before = "";
  for (const { body, answer } of asked) {
    const text = JSON.stringify([body.tools, body.system, body.messages], withoutMarks);
    let same = 0;
    while (same < before.length && before[same] === text[same]) same += 1;
    fresh += Buffer.byteLength(text.slice(same));
    cached += Buffer.byteLength(text.slice(0, same));
    answers += Buffer.byteLength(JSON.stringify(answer));
    before = text;
  }
  const mean = (sum) => Math.round(sum / experiments).toLocaleString("en");
  const tokens = (fresh + answers) / BYTES_PER_TOKEN;
  return [asked.length / experiments, mean(fresh), mean(answers), mean(tokens), mean(cached)];
}

function withoutMarks(key, value) {
  return key === "cache_control" ? undefined : value;
}

/** Looks only where the prompt left it no choice, and does in one answer what the tools allow in one. */
function answerTo({ system, tools, messages }, file, edits) {
  const opening = JSON.stringify(messages[0]);
  const depth = /Experiment ([\d.]+), on top of/.exec(opening)?.[1]?.split(".").length ?? 2;
  const [old, replacement] = edits[Math.min(depth - 2, edits.length - 1)] ?? [];
  if (isAnalysis({ messages })) return [text("It held, by what the hypothesis said.")];
  const isShown = opening.includes(JSON.stringify(old).slice(1, -1));
  const turns = messages.filter(({ role }) => role === "assistant").length;
  if (!isShown && turns === 0) return [use("view", { path: file })];
  const finish = use("finish", {
    outcome: "ready",
    description: `${old} becomes ${replacement}`,
    hypothesis: "It does less of what limits it now",
  });
  const has = (name) => tools.some((tool) => tool.name === name);
  const mayGoOn = JSON.stringify([system, tools]).includes("finish is held back there");
  const changed = messages.some((message) => JSON.stringify(message).includes('"name":"edit"'));
  if (changed) return [finish];
  return [
    use("edit", { path: file, old, new: replacement }),
    use("build", {}),
    ...(has("quick_bench") ? [use("quick_bench", {})] : []),
    ...(mayGoOn ? [finish] : []),
  ];
}

function text(words) {
  return { type: "text", text: words };
}

function use(name, input) {
  return { type: "tool_use", id: `toolu_${crypto.randomUUID().slice(0, 8)}`, name, input };
}

function eventsOf(content, number) {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${number}`, type: "message", role: "assistant", model: "scripted" };
  const stop = content.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn";
  const blocks = content.flatMap((block, index) => {
    const isText = block.type === "text";
    const start = isText ? text("") : { ...block, input: {} };
    const delta = isText
      ? { type: "text_delta", text: block.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
    return [
      event("content_block_start", { index, content_block: start }),
      event("content_block_delta", { index, delta }),
      event("content_block_stop", { index }),
    ];
  });
  return [
    event("message_start", { message: { ...message, content: [], stop_reason: null, usage } }),
    ...blocks,
    event("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage }),
    event("message_stop", {}),
  ].join("");
}

function event(type, data) {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

function startLoopty(dist, directory, port) {
  const env = {
    ...process.env,
    ANTHROPIC_API_KEY: "sk-ant-bench-0123456789",
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
  };
  return spawn(process.execPath, [join(dist, "main.js"), "run"], {
    cwd: directory,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function analysesIn(asked) {
  return asked.filter(({ body }) => isAnalysis(body)).length;
}

function isAnalysis({ messages }) {
  return JSON.stringify(messages.at(-1)).includes("Answer in plain text");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [, , dist, only] = process.argv;
  await benchExperiments(dist === undefined ? undefined : resolve(dist), only);
}
