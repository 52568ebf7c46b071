// One request to the engine's HTTP API, over its socket or TCP.

import http from "node:http";
import https from "node:https";
import { pipeline } from "node:stream";
import { SetupError } from "./setup-error.mjs";

/**
 * @param {import("./engine-address.mjs").EngineAddress} address
 * @param {string} method
 * @param {string} path
 * @param {{body?: import("node:stream").Readable, idleMs?: number}} [options] idleMs ends a silent connection
 * @returns {Promise<{status: number, text: string}>}
 */
export function engineRequest(address, method, path, { body, idleMs = 10_000 } = {}) {
  return new Promise((resolve, reject) => {
    const fail = (/** @type {Error} */ { message }) => {
      const hint = "Run `npm run setup`; if DOCKER_HOST or a docker context is set, check it.";
      reject(new SetupError(`no Docker engine answers at ${address.url}: ${message}`, hint));
    };
    const { request } = address.tls ? https : http;
    const { socketPath, host, port, tls } = address;
    const target = socketPath ? { socketPath } : { host, port };
    const sent = request({ ...target, ...tls, method, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", fail);
    });
    sent.on("error", fail);
    sent.setTimeout(idleMs, () => {
      sent.destroy(new Error(`silent for ${idleMs / 1000} s`));
    });
    if (body) pipeline(body, sent, (error) => error && fail(error));
    else sent.end();
  });
}

/**
 * Why the engine does not answer, or undefined when it does.
 * @param {import("./engine-address.mjs").EngineAddress} address
 */
export async function whyNoAnswer(address) {
  try {
    const { status, text } = await engineRequest(address, "GET", "/_ping", { idleMs: 3000 });
    return status === 200 ? undefined : `${address.url} answers ${status} ${text.trim()}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
