import { IncomingMessage } from "node:http";
import type Docker from "dockerode";

type Callback = (error: Error | null, result: Buffer | object | null) => void;

/**
 * Fails a request whose connection is cut in the middle of its answer, such as that for a container's end, of which the engine sends the
 * beginning at once. docker-modem waits for the end of it for ever: a process with nothing else to wait for then ends without a word.
 */
export function failCutAnswers(docker: Docker): Docker {
  const { modem } = docker;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    if (callback === undefined || options.isStream || options.openStdin || options.hijack) {
      return dial(options, callback);
    }
    return dial({ ...options, isStream: true }, (error, answer) => {
      if (answer instanceof IncomingMessage) collect(answer, callback);
      else callback(error, answer);
    });
  };
  return docker;
}

function collect(answer: IncomingMessage, callback: Callback): void {
  const chunks: Buffer[] = [];
  answer.on("data", (chunk: Buffer) => chunks.push(chunk));
  answer.once("error", (cause) => callback(new Error("socket hang up", { cause }), null));
  answer.once("end", () => {
    const whole = Buffer.concat(chunks);
    callback(null, parsed(whole) ?? whole);
  });
}

/** As docker-modem gives it: what is no JSON stays bytes. */
function parsed(whole: Buffer): object | null {
  try {
    const value: unknown = JSON.parse(whole.toString("utf8"));
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
