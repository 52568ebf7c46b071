import { describe, expect, it } from "vitest";
import { numberFaults, threatsIn } from "../../scripts/attack-list.mjs";
import { reportOf } from "../../scripts/attack-table.mjs";

const held = {
  group: "files",
  number: "01",
  title: "a tar entry named ../../x",
  outcome: "refused",
  result: "held",
  ms: 3,
  failure: "",
} as const;

describe("the table of attacks", () => {
  it("is sorted by group and number, and breaks sentences where 80 columns are too few", () => {
    const long = {
      ...held,
      group: "process",
      number: "24",
      title: "a fork bomb that goes on for as long as anything lets it",
      outcome: "held at the limit of processes, ended with its container",
      ms: 12034,
    };
    const later = { ...held, number: "100", inputs: 1200 };
    expect(reportOf([long, later, held], [], 80, 12).split("\n")).toEqual([
      "group    no   attack                     outcome                   result     ms",
      "-------  ---  -------------------------  ------------------------  ------  -----",
      "files    01   a tar entry named ../../x  refused                   held        3",
      "files    100  a tar entry named ../../x  refused                   held        3",
      "process  24   a fork bomb that goes on   held at the limit of      held    12034",
      "              for as long as anything    processes, ended with",
      "              lets it                    its container",
      "",
      "3 attacks, 0 escapes, 1200 hostile inputs tried, 12 s",
      "",
    ]);
  });

  it("says what did not hold and why, in plain text, and what did not run", () => {
    const escaped = {
      ...held,
      result: "ESCAPED",
      failure: "expected 1 to be 2\n\x1b[31m- 2\x1b[39m",
    } as const;
    const notRun = { ...held, number: "02", result: "not run" } as const;
    const report = reportOf([escaped, notRun], ["x.test.ts: no engine"], 80, 1);
    expect(report.split("\n").slice(2)).toEqual([
      "files  01  a tar entry named ../../x  refused  ESCAPED   3",
      "files  02  a tar entry named ../../x  refused  not run",
      "",
      "01 a tar entry named ../../x",
      "  expected 1 to be 2",
      "  - 2",
      "",
      "x.test.ts: no engine",
      "",
      "2 attacks, 1 escapes, 1 not run, 1 s",
      "",
    ]);
  });

  it("asks that a number is given once, and of the whole suite every one that is listed and no other", () => {
    const numbers = Array.from({ length: 4 }, (_, i) => ({ number: `0${i + 2}` }));
    expect(numberFaults([...numbers, { number: "05" }], [1, 2, 3, 4, 4, 119, 120])).toEqual([
      "attack 5 is there twice",
      "no attack has the number 1, 119, 120",
      "docs/security.md does not list 5",
    ]);
    expect(numberFaults(numbers, [2, 3, 4, 5])).toEqual([]);
    expect(numberFaults([{ number: "02" }], null)).toEqual([]);
  });

  it("lists what the rows of the page's table name", () => {
    const page =
      "| threat | by |\n| --- | --- |\n| **A**: 3 rows | no | 01, 41 to 43 |\n| **B** | - | |\n";
    expect(threatsIn(page)).toEqual([
      { threat: "**A**: 3 rows", attacks: [1, 41, 42, 43] },
      { threat: "**B**", attacks: [] },
    ]);
  });
});
