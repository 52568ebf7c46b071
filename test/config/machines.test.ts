import { describe, expect, it } from "vitest";
import { parseMachines, workersOf } from "../../src/config/machines.ts";
import { machinesSchema } from "../../src/config/schema/machines.ts";
import { searchSchema } from "../../src/config/schema/search.ts";

describe("parseMachines", () => {
  it("reads addresses as loopty.yaml does", () => {
    const plain = { kind: "engine", certificates: null, agentCpus: null, measureCpus: null };
    expect(parseMachines("local, ssh://me@big-box")).toEqual([
      { ...plain, name: "local", url: "local", parallel: 2 },
      { ...plain, name: "big-box", url: "ssh://me@big-box", parallel: 2 },
    ]);
  });

  it.each([
    [
      "local,big-box",
      '--machines "local,big-box": machine 2 must be local, or an engine\'s address: ssh://user@host, tcp://host:2376, unix:///path',
    ],
    [
      "local,local",
      '--machines "local,local": machine 2 is a second machine called local; give it a name',
    ],
  ])("refuses %s in the schema's words", (text, message) => {
    expect(() => parseMachines(text)).toThrow(message);
  });
});

describe("machines that are lent", () => {
  const CLUSTER = { name: "cluster", slurm: { max_nodes: 3 } };

  it("are known by who lends them, and count as many as there may be", () => {
    const machines = machinesSchema.parse(["local", CLUSTER]);
    expect(machines[1]).toMatchObject({ kind: "slurm", name: "cluster", maxNodes: 3 });
    const search = searchSchema.parse({ parallel: "auto" });
    expect(workersOf({ search, machines })).toBe(8);
  });

  it("never make the base", () => {
    const { error } = machinesSchema.safeParse([CLUSTER, "local"]);
    expect(error?.issues).toEqual([
      expect.objectContaining({
        path: [0],
        message: "makes the base: name an engine first, such as local, and then who lends more",
      }),
    ]);
  });

  it.each([
    [["local", CLUSTER, { url: "ssh://me@big-box", name: "cluster-2" }], 2, "cluster-2"],
    [["local", { url: "ssh://me@big-box", name: "cluster-1" }, CLUSTER], 2, "cluster-1"],
    [["local", CLUSTER, CLUSTER], 2, "cluster-1"],
  ])("have names of their own: %j", (written, index, name) => {
    const { error } = machinesSchema.safeParse(written);
    expect(error?.issues).toEqual([
      expect.objectContaining({
        path: [index],
        message: `is a second machine called ${name}; give it a name`,
      }),
    ]);
  });

  it("are no engine with an address", () => {
    const { error } = machinesSchema.safeParse(["local", { ...CLUSTER, url: "ssh://me@big-box" }]);
    expect(error?.issues).toEqual([expect.objectContaining({ code: "unrecognized_keys" })]);
  });
});
