import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trustingDockerfile } from "../../../src/sandbox/image/trusting-dockerfile.ts";

/** The lines as they were written, each once, and what was put between them as "+". */
function shapeOf(dockerfile: string): string[] {
  const { text, lineOf } = trustingDockerfile(dockerfile, "loopty/ca:1");
  const written = dockerfile.split("\n");
  let last = 0;
  return text
    .trimEnd()
    .split("\n")
    .flatMap((line, index) => {
      const number = lineOf(index + 1);
      if (number === last) return [];
      last = number;
      expect(line).toBe(written[number - 1]);
      return [
        text.split("\n")[index + 1]?.startsWith("COPY --from=loopty/ca") ? `${line} +` : line,
      ];
    });
}

describe("a Dockerfile that trusts", () => {
  it("has the certificates after every FROM as arguments, and takes them out at the end", () => {
    const { text } = trustingDockerfile(
      "FROM debian AS made\nRUN make\nFROM scratch\nCOPY --from=made /a /a\n",
      "loopty/ca:1",
    );
    const lines = text.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("ARG "))).toEqual([
      "FROM debian AS made",
      "COPY --from=loopty/ca:1 / /",
      "RUN make",
      "FROM scratch",
      "COPY --from=loopty/ca:1 / /",
      "COPY --from=made /a /a",
      "USER 0:0",
      'RUN ["rm", "-rf", "/.loopty-ca"]',
    ]);
    expect(lines.filter((line) => line.startsWith("ARG SSL_CERT_FILE="))).toEqual([
      "ARG SSL_CERT_FILE=/.loopty-ca/bundle.pem",
      "ARG SSL_CERT_FILE=/.loopty-ca/bundle.pem",
    ]);
  });

  it.each([
    ["a FROM over two lines", ["FROM \\", "  debian"], ["FROM \\", "  debian +"]],
    [
      "a word in a command that continues",
      ["from debian", "RUN psql \\", "FROM t"],
      ["from debian +", "RUN psql \\", "FROM t"],
    ],
    [
      "a comment between",
      ["FROM a", "RUN x \\", "# FROM b", "FROM c"],
      ["FROM a +", "RUN x \\", "# FROM b", "FROM c"],
    ],
    [
      "a heredoc",
      ["FROM a", "RUN <<EOF", "FROM b", "EOF", "FROM c"],
      ["FROM a +", "RUN <<EOF", "FROM b", "EOF", "FROM c +"],
    ],
    [
      "another escape",
      ["# escape=`", "FROM a", "RUN x `", "FROM b"],
      ["# escape=`", "FROM a +", "RUN x `", "FROM b"],
    ],
  ])("sees what is a FROM and what is not: %s", (_, lines, shape) => {
    expect(shapeOf(lines.join("\n"))).toEqual(shape);
  });

  it("keeps every line, in its order", () => {
    const line = fc.constantFrom(
      "FROM a",
      "RUN x \\",
      "RUN <<A <<B",
      "A",
      "B",
      "# c",
      "",
      "COPY a b",
      "\tA",
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const { text, lineOf } = trustingDockerfile(`${lines.join("\n")}\n`, "loopty/ca:1");
        const first = new Map<number, string>();
        for (const [index, made] of text.split("\n").slice(0, -1).entries()) {
          const number = lineOf(index + 1);
          if (!first.has(number)) first.set(number, made);
        }
        expect([...first.values()]).toEqual(lines);
      }),
    );
  });
});
