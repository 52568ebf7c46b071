import { TRUST_FOLDER, TRUST_VARIABLES } from "./trust.ts";

/** A Dockerfile whose commands trust the certificates of an image, and whose own image has none of them. */
export interface TrustingDockerfile {
  readonly text: string;
  /** The line of the Dockerfile as it was written, for one of the text; both begin at 1. */
  readonly lineOf: (line: number) => number;
}

/** Arguments are variables of the commands that follow, and none of the image. */
const VARIABLES = Object.entries(TRUST_VARIABLES).map(([name, value]) => `ARG ${name}=${value}`);
/** loopty names the user of every container that it makes, and never asks the image. */
const AT_THE_END = ["USER 0:0", `RUN ["rm", "-rf", "/${TRUST_FOLDER}"]`];

const HEREDOC = /<<-?\s*(["']?)([a-z_]\w*)\1/gi;
const ESCAPE = /^#\s*escape\s*=\s*([\\`])\s*$/i;

/**
 * Puts the certificates in after every `FROM`, and takes them out at the end. They come from an image, as a `COPY .`
 * would take in what is beside the Dockerfile.
 */
export function trustingDockerfile(dockerfile: string, trustImage: string): TrustingDockerfile {
  const afterFrom = [`COPY --from=${trustImage} / /`, ...VARIABLES];
  const lines = dockerfile.replace(/\n$/, "").split("\n");
  const ends = new Set(fromEnds(lines));
  const made = lines.flatMap((line, index) => {
    const number = index + 1;
    const added = [
      ...(ends.has(number) ? afterFrom : []),
      ...(number === lines.length ? AT_THE_END : []),
    ];
    return [line, ...added].map((text) => ({ text, number }));
  });
  return {
    text: made.map(({ text }) => `${text}\n`).join(""),
    lineOf: (line) => made[line - 1]?.number ?? line,
  };
}

/**
 * The numbers of the lines in which an instruction `FROM` ends. A line that begins with that word may also continue a
 * command, or stand in a heredoc.
 */
function fromEnds(lines: readonly string[]): number[] {
  const escaping = lines.flatMap((line) => ESCAPE.exec(line)?.[1] ?? [])[0] ?? "\\";
  const ends: number[] = [];
  let instruction = "";
  let heredocs: string[] = [];
  for (const [index, line] of lines.entries()) {
    const [heredoc] = heredocs;
    if (heredoc !== undefined) {
      if (line.replace(/^\t+/, "").trimEnd() === heredoc) heredocs = heredocs.slice(1);
      continue;
    }
    const isBesides = /^\s*(#|$)/.test(line);
    if (isBesides) continue;
    const text = line.trimEnd();
    instruction += text;
    if (text.endsWith(escaping)) continue;
    if (/^\s*FROM\s/i.test(instruction)) ends.push(index + 1);
    if (/^\s*(RUN|COPY|ADD)\s/i.test(instruction)) {
      heredocs = [...instruction.matchAll(HEREDOC)].map(([, , name = ""]) => name);
    }
    instruction = "";
  }
  return ends;
}
