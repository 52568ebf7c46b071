import ora from "ora";
import type { Spinner } from "../world.ts";

/** A spinner on a terminal. It leaves the keyboard alone, because Ctrl-C must stay a signal. */
export function startSpinner(stream: NodeJS.WritableStream): Spinner {
  const spinner = ora({ stream, discardStdin: false, isEnabled: true }).start();
  return {
    update: (text) => {
      spinner.text = text;
    },
    // ora notices what others write to its terminal, and draws itself again below.
    keep: (line) => void stream.write(`${line}\n`),
    stop: () => void spinner.stop(),
  };
}
