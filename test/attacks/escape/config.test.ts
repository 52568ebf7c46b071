import { describe, expect } from "vitest";
import { loadConfig, parseConfig } from "../../../src/config/load.ts";
import { UserError } from "../../../src/core/error.ts";
import { containerOptions } from "../../../src/sandbox/container/hardening.ts";
import type { Phase } from "../../../src/sandbox/container/label.ts";
import { MASKED_BY_ENGINES } from "../../../src/sandbox/container/masked-path.ts";
import { SECCOMP_PROFILE } from "../../../src/sandbox/container/seccomp.ts";
import { USERS } from "../../../src/sandbox/container/user.ts";
import { addFiles } from "../../config/folder-tree.ts";
import { MINIMAL } from "../../config/minimal.ts";
import { settings } from "../../sandbox/paper-settings.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";

/** What is said of the least config that validates, with this section. */
const problemOf = (section: string): string => {
  try {
    parseConfig(`${MINIMAL}${section}\n`);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "it validates";
};

const optionsOf = (phase: Phase, user: keyof typeof USERS) =>
  containerOptions(
    { settings, phase, node: null, image: "i", user, command: ["true"], cpus: "0" },
    { seccomp: SECCOMP_PROFILE, hosts: null },
  );

describe("a config that opens the sandbox", () => {
  attack(
    {
      case: "39",
      title: "the engine's socket, or a folder of the host, asked for by the config",
      outcome: "refused: there is no key for either, and no container has a mount from the host",
    },
    () => {
      const socket = "/var/run/docker.sock";
      for (const section of [
        `sandbox: { mounts: ["${socket}:${socket}"] }`,
        `sandbox: { volumes: ["${socket}:${socket}"] }`,
        `sandbox: { binds: [${socket}] }`,
        "sandbox: { volumes_from: [other] }",
        `access: { writable: [${socket}] }`,
        `workspace: { include: [${socket}] }`,
        "access: { writable: [../../etc/] }",
      ]) {
        expect([section, problemOf(section)]).not.toContain("it validates");
      }
      for (const phase of ["agent", "build", "verify", "benchmark", "helper"] as const) {
        const { HostConfig: host, Volumes: volumes } = optionsOf(phase, "measure");
        expect(host).toMatchObject({ Mounts: [] });
        expect(host).not.toHaveProperty("Binds");
        expect(host).not.toHaveProperty("VolumesFrom");
        expect(volumes).toBeUndefined();
      }
    },
  );

  attack(
    {
      case: "40",
      title:
        "privileged, capabilities, devices, or namespaces of the host, asked for by the config",
      outcome: "refused: there is no key for them",
    },
    () => {
      for (const [section, problem] of [
        ["sandbox: { privileged: true }", "privileged"],
        ["sandbox: { cap_add: [SYS_ADMIN] }", "cap_add"],
        ["sandbox: { devices: [/dev/kvm] }", "devices"],
        ["sandbox: { pid: host }", "pid"],
        ["sandbox: { ipc: host }", "ipc"],
        ["sandbox: { userns: host }", "userns"],
        ["sandbox: { security_opt: [seccomp=unconfined] }", "security_opt"],
        ["sandbox: { user: root }", "user"],
        ["sandbox: { env: { LD_PRELOAD: /x.so } }", "env"],
        ["sandbox: { network: host }", "sandbox.network: must be one of none, open"],
        ["sandbox: { network: 'container:other' }", "sandbox.network: must be one of none, open"],
        ["sandbox: { pids: -1 }", "sandbox.pids"],
        ["sandbox: { memory: none }", "sandbox.memory"],
        ["sandbox: { disk: none }", "sandbox.disk"],
      ]) {
        expect(problemOf(section ?? "")).toContain(problem);
      }
      for (const user of ["agent", "measure", "helper"] as const) {
        const { User: given, HostConfig: host } = optionsOf("build", user);
        expect(given).toBe(USERS[user]);
        expect(host).toMatchObject({ Privileged: false, CapDrop: ["ALL"], IpcMode: "private" });
        for (const key of [
          "CapAdd",
          "Devices",
          "PidMode",
          "UsernsMode",
          "UTSMode",
          "ReadonlyPaths",
        ]) {
          expect(host).not.toHaveProperty(key);
        }
        // An empty list would unmask /proc/kcore.
        expect(host?.MaskedPaths).toEqual(expect.arrayContaining([...MASKED_BY_ENGINES]));
      }
    },
  );

  attack(
    {
      case: "129",
      title: "access.writable over loopty.yaml, the Dockerfile or another file that it names",
      outcome: "refused, with the rule that protects it",
    },
    async () => {
      const directory = scratchFolder();
      const rest = MINIMAL.replace(/^access.*/m, "").replace(
        /^statement.*/m,
        "statement_file: problem.md",
      );
      const problem = async (access: string) => {
        const yaml = `${rest}
sandbox: { dockerfile: box/Dockerfile }
agent: { kind: replay, from: edits.yaml }
access: ${access}
`;
        const files = { "box/Dockerfile": "FROM x\n", "problem.md": "p\n", "edits.yaml": "e\n" };
        await addFiles(directory, { "loopty.yaml": yaml, ...files });
        return loadConfig({ directory }).then(() => "it validates", String);
      };
      const rules = (readable: string[]) =>
        `{ writable: [./], readable: [${readable.join(", ")}] }`;
      const each = ["loopty.yaml", "box/Dockerfile", "edits.yaml", "problem.md"];
      for (const [i, file] of each.entries()) {
        expect(await problem(rules(each.slice(0, i)))).toContain(
          `access.writable takes in ${file}`,
        );
      }
      expect(await problem(rules(each))).toBe("it validates");
      expect(await problem("{ writable: [box/] }")).toContain("takes in box/Dockerfile");
      expect(await problem("{ writable: ['*.yaml'] }")).toContain("takes in loopty.yaml");
      expect(await problem("{ writable: [src/] }")).toBe("it validates");
    },
  );
});
