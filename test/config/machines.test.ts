import { describe, expect, it } from "vitest";
import { parseMachines } from "../../src/config/machines.ts";

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
