// BuildKit behind the engine's own API: `version=2`, the files as a plain archive, and no session.

/** What the classic builder of an engine refuses, or reads wrongly: it runs a heredoc as an empty command. */
const NEEDED = [
  /^\s*RUN\s+(?:--\w+(?:=\S+)?\s+)*--(?:mount|network|security)=/im,
  /^\s*(?:COPY|ADD)\s+(?:--\w+(?:=\S+)?\s+)*--(?:chmod|link|parents|exclude|checksum|keep-git-dir)\b/im,
  /^\s*(?:RUN|COPY|ADD)\s.*<<-?["']?[a-z_]\w*/im,
  /^#\s*syntax\s*=/i,
];

/** Whether a Dockerfile is written for BuildKit. */
export function needsBuildKit(dockerfile: string): boolean {
  return NEEDED.some((syntax) => syntax.test(dockerfile));
}

/** `StatusResponse.logs` and `VertexLog.msg` of github.com/moby/buildkit/api/services/control/control.proto. */
const LOGS = 3;
const MESSAGE = 4;
const LENGTH_DELIMITED = 2;

/** What commands printed, in one `moby.buildkit.trace` of the progress: protocol buffers in base64. Empty for nonsense. */
export function printedIn(trace: string): string {
  return fieldsOf(Buffer.from(trace, "base64"), LOGS)
    .flatMap((log) => fieldsOf(log, MESSAGE))
    .map((message) => message.toString("utf8"))
    .join("");
}

/** The fields of a number that have a length (https://protobuf.dev/programming-guides/encoding/), up to what is no field. */
function fieldsOf(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < message.length; ) {
    const [key, afterKey] = varintAt(message, at);
    const [value, afterValue] = varintAt(message, afterKey);
    const type = key % 8;
    if (type !== 0 && type !== LENGTH_DELIMITED) break;
    const end = type === 0 ? afterValue : afterValue + value;
    if (end > message.length) break;
    if (type === LENGTH_DELIMITED && Math.floor(key / 8) === wanted) {
      found.push(message.subarray(afterValue, end));
    }
    at = end;
  }
  return found;
}

/** A number in pieces of seven bits, lowest first, and where it ends. */
function varintAt(message: Buffer, start: number): [value: number, end: number] {
  let value = 0;
  for (let at = start, factor = 1; at < message.length; at++, factor *= 128) {
    const byte = message[at] ?? 0;
    value += (byte % 128) * factor;
    if (byte < 128) return [value, at + 1];
  }
  return [value, message.length + 1];
}
