// Loaded into the compiled program by `node --import`: at chosen instants it kills the program with SIGKILL, or stops it until somebody
// outside did something to the world. Every instant lies between two effects on the world: a change on disk, a request that changes
// something in the engine, a git process, a request to a model. So the program itself has no switch for tests, and a new step in it is
// a new instant here without anybody's help.
import childProcess from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import fs from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";

/** Every instant that was passed, one a line; the last is where the process was killed, if it was. */
const logPath = process.env.FAULT_LOG ?? "/dev/null";
/**
 * What happens, one after the other. Each comes at the instant with that number after an event of that name, where the counting starts
 * with the fault before it; without a name every instant counts. What waits for others goes on when the file `done` is there.
 *
 * @type {readonly {stage: string | null, number: number, done: string | null}[]}
 */
const faults = JSON.parse(process.env.FAULTS ?? "[]");
/** How long a run waits before it tries a machine again that was lost, where that is not as long as always. */
const againMs = process.env.FAULT_AGAIN_MS;
const AGAIN_MS = 30_000;
const OUTSIDE_MS = 20_000;

/** What the run told last. */
let stage = "start";
let passed = 0;
let next = 0;

/** @param {string} what */
function isDue(what) {
  const fault = faults[next];
  const isDue =
    fault !== undefined &&
    (fault.stage === null || fault.stage === stage) &&
    ++passed === fault.number;
  appendFileSync(logPath, `${stage} | ${what}${isDue ? " | fault" : ""}\n`);
  if (!isDue) return false;
  next++;
  passed = 0;
  if (fault.done === null) return true;
  waitFor(fault.done);
  return false;
}

/** Nothing of this process goes on meanwhile. @param {string} path */
function waitFor(path) {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; waitedMs < OUTSIDE_MS && !existsSync(path); waitedMs += 5) {
    Atomics.wait(never, 0, 0, 5);
  }
}

function die() {
  process.kill(process.pid, "SIGKILL");
}

/** @param {string} what */
function cross(what) {
  if (isDue(what)) die();
}

// --- the disk

/** @param {unknown} path */
function nameOf(path) {
  const parts = String(path).split("/");
  const name = (parts.at(-1) ?? "").replace(/^\.(.*)\.\d+-\d+\.torn$/, "$1 (new)");
  if (/^\d{12}$/.test(name)) return "ticket";
  if (name.includes(",")) return "lock, held";
  return name.replace(/\.[A-Za-z0-9]{6}$/, ".*").replace(/^[\d.]+$/, "node folder");
}

/** @type {WeakMap<object, string>} */
const opened = new WeakMap();
const { open, rename, link, mkdir, rm, writeFile } = fs;
const probe = await open("/dev/null", "r");
const handles = Object.getPrototypeOf(probe);
await probe.close();

fs.open = async (path, ...rest) => {
  const name = nameOf(path);
  if (/[wa+]/.test(String(rest[0] ?? "r"))) cross(`open ${name}`);
  const handle = await open(path, ...rest);
  opened.set(handle, name);
  return handle;
};
fs.rename = async (from, to) => {
  cross(`rename to ${nameOf(to)}`);
  return rename(from, to);
};
fs.link = async (from, to) => {
  cross(`link ${nameOf(to)}`);
  return link(from, to);
};
fs.writeFile = async (path, ...rest) => {
  cross(`write ${nameOf(path)}`);
  return writeFile(path, ...rest);
};
fs.rm = async (path, options) => {
  cross(`remove ${nameOf(path)}`);
  return rm(path, options);
};
Object.assign(fs, {
  /** @type {(...args: Parameters<typeof mkdir>) => unknown} */
  mkdir: async (path, options) => {
    cross(`make folder ${nameOf(path)}`);
    return mkdir(path, options);
  },
});

for (const method of ["writeFile", "appendFile"]) {
  const original = handles[method];
  /** @type {(this: object, content: string | Uint8Array, ...rest: unknown[]) => Promise<unknown>} */
  handles[method] = async function (content, ...rest) {
    const name = opened.get(this) ?? "?";
    cross(`write ${name}`);
    if (isDue(`write ${name} in half`)) {
      await original.call(this, content.slice(0, content.length / 2), ...rest);
      die();
    }
    const result = await original.call(this, content, ...rest);
    if (name === "events.jsonl") setStage(String(content));
    return result;
  };
}
for (const method of ["sync", "datasync", "truncate"]) {
  const original = handles[method];
  /** @type {(this: object, ...rest: unknown[]) => Promise<unknown>} */
  handles[method] = function (...rest) {
    cross(`${method} ${opened.get(this) ?? "?"}`);
    return original.apply(this, rest);
  };
}

/** @param {string} line of events.jsonl */
function setStage(line) {
  const { type, purpose } = JSON.parse(line);
  if (type === "row_streamed" || type === "warning") return;
  stage = purpose === undefined ? type : `${type} to ${purpose}`;
}

// --- the engine

for (const module of [http, https]) {
  const { request } = module;
  Object.assign(module, {
    /** @type {(...args: unknown[]) => http.ClientRequest} */
    request: (...args) => {
      const what = requestName(args[0]);
      if (what === null) return Reflect.apply(request, module, args);
      cross(what);
      /** @type {http.ClientRequest} */
      const sent = Reflect.apply(request, module, args);
      sent.once("finish", () => cross(`${what}, sent`));
      sent.once("response", () => cross(`${what}, answered`));
      return sent;
    },
  });
}

/** @param {unknown} options @returns {string | null} `null` for what changes nothing */
function requestName(options) {
  if (typeof options !== "object" || options === null || !("method" in options)) return null;
  const { method } = options;
  if (method === "GET" || method === "HEAD" || !("path" in options)) return null;
  const [path = "", query = ""] = String(options.path).split("?");
  const { name, tag } = Object.fromEntries(new URLSearchParams(query));
  const route = path.replace(/[0-9a-f]{64}|loopty-[a-z]+-[0-9a-f]+/g, "*");
  const which = [name?.replace(/-[0-9a-f]+$/, ""), tag?.replace(/^(?:[\d.]+|(base)-\w+)/, "$1*")];
  return [method, route, ...which.filter((part) => part !== undefined)].join(" ");
}

// --- git

const { spawn } = childProcess;
Object.assign(childProcess, {
  /** @type {(...args: unknown[]) => childProcess.ChildProcess} */
  spawn: (...args) => {
    const [command, list] = args;
    const verb =
      Array.isArray(list) && list.find((word) => /^(fast-import|update-ref)$/.test(word));
    if (command !== "git" || !verb) return Reflect.apply(spawn, childProcess, args);
    cross(`git ${verb}`);
    /** @type {childProcess.ChildProcess} */
    const child = Reflect.apply(spawn, childProcess, args);
    child.once("spawn", () => cross(`git ${verb}, started`));
    child.once("exit", () => cross(`git ${verb}, ended`));
    return child;
  },
});

// --- the model

const { fetch } = globalThis;
globalThis.fetch = async (...args) => {
  cross("ask the model");
  const answer = await fetch(...args);
  cross("ask the model, answering");
  return answer;
};

// --- the clock

if (againMs !== undefined) {
  const { setTimeout } = timers;
  Object.assign(timers, {
    /** @type {(...args: unknown[]) => unknown} */
    setTimeout: (delayMs, ...rest) =>
      Reflect.apply(setTimeout, timers, [
        delayMs === AGAIN_MS ? Number(againMs) : delayMs,
        ...rest,
      ]),
  });
}

syncBuiltinESMExports();
