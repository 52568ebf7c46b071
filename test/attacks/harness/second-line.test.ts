import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { AgentFailure } from "../../../src/agent/failure.ts";
import { clean } from "../../../src/cli/commands/taking/clean.ts";
import { EXIT, reportFailure } from "../../../src/cli/exit.ts";
import { UserError } from "../../../src/core/error.ts";
import { type Random, seeded } from "../../../src/core/statistics/random.ts";
import { API_KEY, Lab, NO_SIGNAL } from "../../agent/conversation/lab.ts";
import { MemorySession } from "../../agent/memory-session.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { storeRun } from "../../cli/stored-run.ts";
import { fuzz } from "../../fuzz/fuzzing.ts";
import { mutate } from "../../fuzz/mutation.ts";
import { metrics } from "../../fuzz/targets/metrics.ts";
import { Watchdog } from "../../fuzz/watchdog.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";
import { breakEngine } from "./broken-engine.ts";

/** Others by another seed; the same seed gives the same inputs. */
const SEED = process.env.LOOPTY_ATTACK_SEED ?? "second line";
const METRICS = 3000;
const ANSWERS = 120;
const COMMANDS = 40;

/** One answer of the Messages API, to be changed. */
const STREAM = [
  '{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude-opus-5-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":0,"cache_creation_input_tokens":0}}}',
  '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"edit","input":{}}}',
  '{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"path\\":\\"a.c\\",\\"old\\":\\"x\\",\\"new\\":\\"y\\"}"}}',
  '{"type":"content_block_stop","index":0}',
  '{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":20}}',
  '{"type":"message_stop"}',
]
  .map((data) => `event: ${data.split('"')[3]}\ndata: ${data}\n\n`)
  .join("");
const API_TARGET = {
  ...{ name: "api", structure: "bytes" as const, inputs: ANSWERS, check() {} },
  samples: [
    Buffer.from(STREAM),
    Buffer.from('{"type":"error","error":{"type":"x","message":"y"}}'),
  ],
  words: ["event: ", "data: ", "\n\n", '"input_tokens":-1', '"output_tokens":1e308', "null", "[]"],
};

/** What an engine says, to be changed. */
const ENGINE_TARGET = {
  ...{ name: "engine", structure: "json" as const, inputs: COMMANDS, check() {} },
  samples: [
    '{"Version":"29.5.1","ApiVersion":"1.50","Components":[]}',
    '{"ID":"x","NCPU":2,"MemTotal":1,"CgroupVersion":"2","SecurityOptions":["name=seccomp"]}',
    '[{"Id":"i","RepoTags":["loopty/matmul:1.1"],"Labels":{"loopty.project":"p"},"Size":1}]',
    '{"Volumes":[{"Name":"v","Labels":null,"UsageData":{"Size":-1}}],"Warnings":null}',
    '{"message":"no such thing"}',
  ].map((text) => Buffer.from(text)),
  words: ["null", "[]", "{}", "-1", "1e999", '"../../x"', '"\\u001b[2J"'],
};

function answer(response: ServerResponse, random: Random): void {
  const status = random.pick([200, 200, 200, 200, 201, 204, 304, 400, 404, 409, 500, 599]);
  if (random.next() < 0.05) return void response.destroy();
  response.writeHead(status, { "content-type": random.pick(["application/json", "text/html"]) });
  response.end(status === 204 || status === 304 ? undefined : mutate(ENGINE_TARGET, random));
}

describe("what answers loopty, at random and hostile", () => {
  attack(
    {
      case: "139",
      title: "metrics files that are changed at random, as a whole and as they grow",
      outcome: "read strictly or refused with a line and a reason, the same both ways",
    },
    async () => {
      const folder = join(scratchFolder(), "metrics");
      await using watchdog = new Watchdog(60_000);
      const goesOn = (inputs: number) => inputs < METRICS;
      const { inputs, fault } = await fuzz(metrics, { seed: SEED, folder, watchdog, goesOn });
      expect(fault).toBeNull();
      return inputs;
    },
  );

  attack(
    {
      case: "140",
      title: "a model's server that answers at random: broken streams, odd statuses, forged usage",
      outcome: "the node fails or goes on; no other host is asked, and the key is told nowhere",
    },
    async () => {
      const random = seeded(`${SEED}/api`);
      let answers = 0;
      const hosts = new Set<string>();
      for (let node = 0; answers < ANSWERS; node++) {
        await using lab = await Lab.open(() => ({ kind: "silence" }), {
          fetch: async (input) => {
            answers++;
            hosts.add(new URL(input instanceof Request ? input.url : input).hostname);
            const status = random.pick([200, 200, 200, 200, 302, 400, 401, 429, 500, 529]);
            const headers = {
              "content-type": random.pick(["text/event-stream", "application/json", "text/html"]),
              location: "http://evil.example/v1/messages",
              "retry-after": random.pick(["0", "-1", "x", "1e9"]),
            };
            return new Response(Uint8Array.from(mutate(API_TARGET, random)), { status, headers });
          },
        });
        const session = new MemorySession({ "a.c": "int x;" });
        const conversation = await lab.converse(`1.${node + 1}`);
        const outcome = await conversation
          .edit(session, NO_SIGNAL)
          .catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect([AgentFailure, UserError].some((kind) => outcome instanceof kind)).toBe(true);
        }
        const told = JSON.stringify([lab.journal, lab.warnings, session.texts, String(outcome)]);
        expect(told).not.toContain(API_KEY);
        expect(lab.journal.every((entry) => JSON.stringify(entry) !== undefined)).toBe(true);
      }
      expect([...hosts]).toEqual(["127.0.0.1"]);
      return answers;
    },
  );

  attack(
    {
      case: "141",
      title: "an engine that answers at random: odd statuses, changed JSON, cut connections",
      outcome:
        "told as the engine's failure or done; never a bug, and text of it is printed safely",
    },
    async () => {
      const random = seeded(`${SEED}/engine`);
      const ends = new Set<number>();
      let requests = 0;
      for (let i = 0; i < COMMANDS; i++) {
        const engine = await breakEngine((_, response) => answer(response, random));
        const env = { DOCKER_HOST: engine.url, PATH: process.env.PATH };
        const world = fakeWorld(scratchFolder(), { env });
        await storeRun(world, [{ id: "1" }]);
        const end = await clean(world, {}).catch((error: unknown) => reportFailure(error, world));
        ends.add(end);
        expect([world.stderr.text, end]).not.toEqual([world.stderr.text, EXIT.bug]);
        expect(`${world.stdout.text}${world.stderr.text}`).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
        requests += engine.requests.length;
      }
      expect([...ends].filter((end) => ![0, 2, 4].includes(end))).toEqual([]);
      return requests;
    },
  );
});
