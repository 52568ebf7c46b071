#!/usr/bin/env node
// What an experiment costs in requests, bytes and tokens, with a scripted model that looks only at what it was not told,
// beside the same edits as an older version asked for them (bench/data/asked-before.jsonl):
// `npm run build && node bench/experiments.mjs [EXAMPLE]`; `--record DIST FILE` writes down what another build asks.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { listImages, removeImages } from "../dist/sandbox/clean-up/image-removal.js";
import { connectEngine } from "../dist/sandbox/engine/engine.js";
import { figuresOf } from "./asked/figures.mjs";
import { recordingOf } from "./asked/recording.mjs";
import { answerTo, eventsOf, isAnalysis } from "./asked/scripted-model.mjs";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const BEFORE = new URL("data/asked-before.jsonl", import.meta.url);

/** One edit an experiment, each on whatever the search goes on from. */
const EXAMPLES = [
  {
    name: "circle-packing",
    file: "pack.py",
    edits: [
      ["radius = 1 / 12 - 1e-12", "radius = 1 / 12 - 1e-13"],
      ["radius = 1 / 12 - 1e-13", "radius = 1 / 12 - 1e-14"],
      ["radius = 1 / 12 - 1e-14", "radius = 1 / 12 - 1e-15"],
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
      [
        "const uint32_t *row, const uint32_t *from",
        "const uint32_t *restrict row, const uint32_t *from",
      ],
    ],
    yaml: `name: bench-matmul
statement: Make matmul() in src/matmul.c faster.
access: { writable: [src/matmul.c, src/kernels/], hidden: [oracle/] }
commands: { build: make bench verify, verify: make test, benchmark: ./bench }
agent: { kind: claude }
budget: { tokens: 3_000_000, experiments: 3 }
`,
  },
];

const COLUMNS = [
  ["requests", ({ requests }) => requests],
  ["bytes", ({ bytes }) => bytes],
  ["tokens", ({ allTokens }) => allTokens],
  ["of them new", ({ newTokens }) => newTokens],
  ["answers", ({ answerTokens }) => answerTokens],
  ["from the cache", ({ cachedTokens }) => cachedTokens],
  ["by price", ({ pricedTokens }) => pricedTokens],
];

/** Prints a markdown table. */
export async function benchExperiments(only = null) {
  const recorded = (await readFile(BEFORE, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  console.log(`| example | ${COLUMNS.map(([name]) => name).join(" | ")} |`);
  console.log(`| --- | ${COLUMNS.map(() => "---:").join(" | ")} |`);
  for (const example of EXAMPLES.filter(({ name }) => only === null || name === only)) {
    const was = figuresOf(recorded.find((recording) => recording.example === example.name));
    const is = figuresOf(await recordingWith(join(HERE, "dist"), example));
    const line = (cells) => console.log(`| ${cells.join(" | ")} |`);
    const values = (figures) => COLUMNS.map(([, of]) => rounded(of(figures)));
    line([`${example.name}, before`, ...values(was)]);
    line([example.name, ...values(is)]);
    line(["", ...COLUMNS.map(([, of]) => percent(of(is) / of(was) - 1))]);
  }
}

function rounded(value) {
  return value < 10 ? String(Math.round(value * 10) / 10) : Math.round(value).toLocaleString("en");
}

function percent(ratio) {
  return `${ratio < 0 ? "−" : "+"}${Math.round(Math.abs(ratio) * 100)} %`;
}

async function record(dist, file) {
  const lines = [];
  for (const example of EXAMPLES) {
    const recording = await recordingWith(dist, example);
    lines.push(`${JSON.stringify({ example: example.name, ...recording })}\n`);
  }
  await writeFile(file, lines.join(""));
}

async function removeImagesOf(directory) {
  const record = await readFile(join(directory, ".loopty/project.json"), "utf8");
  const engine = await connectEngine(process.env, homedir());
  await removeImages(engine, await listImages(engine, JSON.parse(record).projectId));
}

/** Runs the example with a build of loopty, and returns what it asked the model. */
async function recordingWith(dist, { name, file, edits, yaml, quicker }) {
  const directory = await mkdtemp(join(tmpdir(), "loopty-experiments-"));
  const asked = [];
  let child = null;
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const begun = [...asked.map((each) => each.body), body].filter(
      ({ messages }) => messages.length === 1,
    ).length;
    const answer = answerTo(body, file, edits[begun - 1]);
    asked.push({ body, answer });
    // What follows the last analysis is measured without the model.
    const analyses = asked.filter((each) => isAnalysis(each.body)).length;
    if (analyses === edits.length) setTimeout(() => child?.kill("SIGINT"), 1000);
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
      .replace(/experiments: \d+/, `experiments: ${edits.length}`)
      .replace(/^context: all\n/m, "");
    await writeFile(path, `${few}search: { policy: greedy }\n`);
    child = startLoopty(dist, directory, server.address().port);
    await new Promise((done) => child.on("close", done));
  } finally {
    server.close();
    await removeImagesOf(directory);
    await rm(directory, { recursive: true, force: true });
  }
  return recordingOf(asked);
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [first, dist, file] = process.argv.slice(2);
  if (first === "--record") await record(resolve(dist), file);
  else await benchExperiments(first);
}
