import { onExit } from "signal-exit";
import type { Screen, ScreenListener } from "../../world.ts";

/**
 * Takes a terminal for drawing on it until it is closed. What anybody else writes to the streams is announced first, a
 * warning of Node as well as "stopping...", as it would land in the middle of the drawing otherwise. The end of the
 * process is announced whether it is a return, an exception, `process.exit` or a signal.
 */
export function openScreen(
  stream: NodeJS.WriteStream,
  others: readonly NodeJS.WriteStream[],
  listener: ScreenListener,
): Screen {
  const write = stream.write.bind(stream);
  const releases = [stream, ...others.filter((other) => other !== stream && other.isTTY)].map(
    (each) => announceWrites(each, (text) => listener.othersWrite(text)),
  );
  const resized = () => listener.resized();
  stream.on("resize", resized);
  // After Ctrl-Z and fg the shell's lines are where the drawing was.
  process.on("SIGCONT", resized);
  const forgetExit = onExit(() => listener.ends());
  return {
    size: () => ({ columns: stream.columns, rows: stream.rows }),
    write: (text) => void write(text),
    close: () => {
      forgetExit();
      process.off("SIGCONT", resized);
      stream.off("resize", resized);
      for (const release of releases) release();
    },
  };
}

/** Returns how to end it. */
function announceWrites(stream: NodeJS.WriteStream, announce: (text: string) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(stream, "write");
  const write = stream.write;
  Object.defineProperty(stream, "write", {
    configurable: true,
    writable: true,
    value: (...args: readonly unknown[]) => {
      const [chunk] = args;
      announce(chunk instanceof Uint8Array ? Buffer.from(chunk).toString("utf8") : String(chunk));
      return Reflect.apply(write, stream, args);
    },
  });
  return () => {
    if (own === undefined) Reflect.deleteProperty(stream, "write");
    else Object.defineProperty(stream, "write", own);
  };
}
