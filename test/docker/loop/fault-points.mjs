// Loaded into the compiled program by `node --import`: kills it with SIGKILL at one chosen instant. Every instant lies between two
// effects on the world: a change on disk, a request that changes something in the engine, a git process, a request to a
// model. So the program itself has no switch for tests, and a new step in it is a new instant here without anybody's help.
import childProcess from "node:child_process";
import { appendFileSync } from "node:fs";
import fs from "node:fs/promises";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";

/** Every instant that was passed, one a line; the last is where the process was killed, if it was. */
const logPath = process.env.FAULT_LOG ?? "/dev/null";
/** The event after which the instant comes, and its number among all that come after such an event; 0 is none. */
const atStage = process.env.FAULT_STAGE ?? "";
const atNumber = Number(process.env.FAULT_NUMBER ?? 0);

/** What the run told last. */
let stage = "start";
let passedInStage = 0;

/** @param {string} what */
function isDue(what) {
  appendFileSync(logPath, `${stage} | ${what}\n`);
  return stage === atStage && ++passedInStage === atNumber;
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

const { request } = http;
Object.assign(http, {
  /** @type {(...args: unknown[]) => http.ClientRequest} */
  request: (...args) => {
    const what = requestName(args[0]);
    if (what === null) return Reflect.apply(request, http, args);
    cross(what);
    /** @type {http.ClientRequest} */
    const sent = Reflect.apply(request, http, args);
    sent.once("finish", () => cross(`${what}, sent`));
    sent.once("response", () => cross(`${what}, answered`));
    return sent;
  },
});

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

syncBuiltinESMExports();
