import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMetricsTable } from "../../../src/core/metrics/table.ts";

const HEADER = "iteration,time_ms (lower is better),score\n";
const TIME = { header: "time_ms (lower is better)", name: "time_ms", direction: "lower" };
const SCORE = { header: "score", name: "score", direction: "higher" };
const BOTH = [
  { iteration: 1, values: [12.5, 3] },
  { iteration: 2, values: [12, -4e-3] },
];

describe("readMetricsTable", () => {
  it.each([
    ["plain", `${HEADER}1,12.5,3\n2,12,-4e-3\n`],
    ["no newline at the end", `${HEADER}1,12.5,3\n2,12,-4e-3`],
    ["CRLF", `${HEADER}1,12.5,3\n2,12,-4e-3\n`.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\uFEFF${HEADER}1,12.5,3\n2,12,-4e-3\n`],
    ["a byte order mark before a quote", `\uFEFF"iteration"${HEADER.slice(9)}1,12.5,3\n2,12,-4e-3`],
    [
      "quoted cells",
      `"iteration","time_ms (lower is better)",score\n"1","12.5",3\n2, "12" ,-4e-3\n`,
    ],
    [
      "spaces and tabs",
      ` iteration , time_ms (lower is better) ,\tscore\n 1 , 12.5,3 \n2,12 ,\t-4e-3\n`,
    ],
    ["blank lines", `\n${HEADER}\n1,12.5,3\n  \n2,12,-4e-3\n\n\r\n`],
    ["other ways to write numbers", `${HEADER}1.0,+12.50,3.\n2e0,1.2E+1,-.004\n`],
  ])("reads a file with %s", (_what, text) => {
    const table = { metrics: [TIME, SCORE], rows: BOTH };
    expect(readMetricsTable(text)).toEqual({ kind: "table", table });
    expect(readMetricsTable(Buffer.from(text))).toEqual({ kind: "table", table });
  });

  it("takes the first column for the iteration whatever it is called, even nothing", () => {
    const reading = readMetricsTable(",a\n0,1\n7,2");
    expect(reading).toMatchObject({ table: { rows: [{ iteration: 0 }, { iteration: 7 }] } });
  });

  it("understands quotes and commas within quotes", () => {
    expect(readMetricsTable('i,"a, ""best"""\n1,2')).toMatchObject({
      table: { metrics: [{ name: 'a, "best"', direction: "higher" }] },
    });
  });

  it("reads zero without a sign", () => {
    const reading = readMetricsTable("i,a\n-0,-0.0");
    expect(reading).toMatchObject({ table: { rows: [{ iteration: 0, values: [0] }] } });
  });

  it.each([
    ["an empty file", "", 1, null, "there is no header"],
    ["blank lines only", "\n\n \n", 3, null, "there is no header"],
    ["numbers first", "1,2,3\n", 1, null, "there is no header: the first line has only numbers"],
    ["no row", HEADER, 1, null, "there is no row"],
    ["no metric", "iteration\n1\n", 1, null, "there is no metric beside the iteration"],
    ["the same header twice", "i,a,a\n1,2,3", 1, "a", 'the header "a" is there twice'],
    ["the iteration's header again", "i,i\n1,2", 1, "i", 'the header "i" is there twice'],
    [
      "the same name twice",
      "i,a,a (lower is better)\n1,2,3",
      1,
      "a (lower is better)",
      'the metric "a" is there twice',
    ],
    [
      "both directions",
      "i,a lower is better higher is better\n1,2",
      1,
      "a lower is better higher is better",
      "the header names both directions (column 2)",
    ],
    ["a header without a name", "i,a,\n1,2,3", 1, "", "the header names no metric (column 3)"],
    ["the header again", "i,a\n1,2\ni,a\n2,3", 3, null, "the header is repeated"],
    ["another header", "i,a\n1,2\n\ni,b\n", 4, null, 'a second header "i,b"'],
    ["a header of more columns", "i,a\n1,2\ni,a,b\n", 3, null, 'a second header "i,a,b"'],
    ["a missing cell", "i,a,b\n1,2\n", 2, "b", "the cell is missing"],
    ["an empty cell", "i,a,b\n1,,2\n", 2, "a", "the cell is empty"],
    ["commas only", "i,a,b\n,,\n", 2, "i", "the cell is empty"],
    ["an extra cell", "i,a\n1,2\n2,3,4\n", 3, null, "3 cells under 2 headers"],
    ["a comma at the end", "i,a\n1,2,\n", 2, null, "3 cells under 2 headers"],
    ["text", "i,a\n1,fast\n", 2, "a", '"fast" is not a number'],
    ["hexadecimal", "i,a\n1,0x10\n", 2, "a", '"0x10" is not a number'],
    ["a decimal comma", 'i,a\n1,"1,5"\n', 2, "a", '"1,5" is not a number'],
    ["underscores", "i,a\n1,1_000\n", 2, "a", '"1_000" is not a number'],
    ["a unit", "i,a\n1,12ms\n", 2, "a", '"12ms" is not a number'],
    ["half a number", "i,a\n1,1e\n", 2, "a", '"1e" is not a number'],
    ["a point alone", "i,a\n1,.\n", 2, "a", '"." is not a number'],
    ["NaN", "i,a\n1,NaN\n", 2, "a", '"NaN" is not finite'],
    ["NaN everywhere", "i,a\nnan,nan\n", 2, "i", '"nan" is not finite'],
    ["Infinity", "i,a\n1,-Infinity\n", 2, "a", '"-Infinity" is not finite'],
    ["inf", "i,a\n1,inf\n", 2, "a", '"inf" is not finite'],
    ["1e400", "i,a\n1,1e400\n", 2, "a", '"1e400" is too large'],
    ["an iteration again", "i,a\n1,2\n1,3\n", 3, "i", 'the iteration "1" does not grow'],
    ["an iteration that falls", "i,a\n5,2\n4,3\n", 3, "i", 'the iteration "4" does not grow'],
    [
      "half an iteration",
      "i,a\n0.5,2\n",
      2,
      "i",
      'the iteration "0.5" is not a whole number from 0',
    ],
    [
      "a negative iteration",
      "i,a\n-1,2\n",
      2,
      "i",
      'the iteration "-1" is not a whole number from 0',
    ],
    [
      "an iteration beyond exact integers",
      "i,a\n9007199254740993,2\n",
      2,
      "i",
      'the iteration "9007199254740993" is not a whole number from 0',
    ],
    ["a NUL", "i,a\n1,2\0\n", 2, null, "the row holds a NUL character"],
    ["an open quote", 'i,a\n1,"2\n2,3\n', 2, null, 'broken quotes in "1,"2"'],
    ["text behind a quote", 'i,a\n1,"2"3\n', 2, null, 'broken quotes in "1,"2"3"'],
    ["a quote inside a cell", 'i,a\n1,2"3\n', 2, null, 'broken quotes in "1,2"3"'],
    ["a line break in quotes", 'i,"a\nb"\n1,2\n', 1, null, 'broken quotes in "i,"a"'],
    [
      "line ends of old Macs",
      "i,a\r1,2\r",
      1,
      "a\\r1",
      "the header has characters that cannot be printed (column 2)",
    ],
  ])("refuses %s", (_what, text, line, column, reason) => {
    const reading = readMetricsTable(text);
    expect(reading).toMatchObject({ kind: "invalid", line });
    expect(reading).toEqual({ kind: "invalid", line, column, reason });
  });

  it("refuses what is not UTF-8, with the line", () => {
    const latin1 = Buffer.concat([Buffer.from("i,a\n1,2\n2,"), Buffer.from([0xe9, 0x0a])]);
    const expected = { kind: "invalid", line: 3, column: null, reason: "the row is not UTF-8" };
    expect(readMetricsTable(latin1)).toEqual(expected);
    expect(readMetricsTable(Buffer.from("\uFEFFi,a\n1,2", "utf16le"))).toMatchObject({ line: 1 });
  });

  it("takes 100,000 rows and no more", () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `${i},1\n`).join("");
    const reading = readMetricsTable(`i,a\n${rows}`);
    expect(reading.kind === "table" && reading.table.rows.length).toBe(100_000);
    expect(readMetricsTable(`i,a\n${rows}100000,1`)).toEqual({
      kind: "invalid",
      line: 100_002,
      column: null,
      reason: "more than 100000 rows",
    });
  });

  it("takes a row of 1 MiB and no longer one", () => {
    const padding = " ".repeat(1024 * 1024 - 3);
    expect(readMetricsTable(`i,a\n1,2${padding}\n`).kind).toBe("table");
    expect(readMetricsTable(`i,a\n1,2${padding} \n`)).toEqual({
      kind: "invalid",
      line: 2,
      column: null,
      reason: "the row is longer than 1048576 bytes",
    });
  });

  it("answers soon for a header of very many columns", () => {
    const header = Array.from({ length: 130_000 }, (_, i) => `c${i}`).join(",");
    const start = performance.now();
    expect(readMetricsTable(`${header}\n1,2\n`)).toMatchObject({
      line: 1,
      reason: "more than 1000 columns",
    });
    const widest = header.split(",", 1000).join(",");
    expect(readMetricsTable(`${widest}\n1,2\n`)).toMatchObject({ column: "c2", line: 2 });
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("quotes at most 40 characters and escapes what could steer a terminal", () => {
    const reading = readMetricsTable(`i,a\n1,\u001b[31m\u202e${"x".repeat(1000)}\n`);
    expect(reading).toEqual({
      kind: "invalid",
      line: 2,
      column: "a",
      reason: `"\\x1b[31m\\u202e${"x".repeat(40 - 15)}…" is not a number`,
    });
  });

  it("never throws, and never lets a control character or a long text into a reason", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "i",
        "a",
        ",",
        "\n",
        "\r\n",
        '"',
        " ",
        "1",
        "2",
        "\0",
        "\u001b[2J",
        "é",
        "NaN",
      ),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(piece), (headed, pieces) => {
        const reading = readMetricsTable(`${headed ? "i,a\n1,1\n" : ""}${pieces.join("")}`);
        if (reading.kind === "table") return;
        expect(`${reading.column}${reading.reason}`).toMatch(
          /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,220}$/u,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("reads back every finite number that was written", () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    const row = fc.tuple(fc.nat({ max: 1000 }), value, value);
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1 }),
        fc.constantFrom("\n", "\r\n"),
        (steps, newline) => {
          let iteration = -1;
          const rows = steps.map(([step, a, b]) => {
            iteration += step + 1;
            return { iteration, values: [a + 0, b + 0] };
          });
          const text = ["n,a,b", ...rows.map((r) => [r.iteration, ...r.values].join())].join(
            newline,
          );
          expect(readMetricsTable(text)).toMatchObject({ kind: "table", table: { rows } });
        },
      ),
    );
  });
});
