/**
 * A Python program that makes system calls and prints, a line each, the name of one and how it ended: `0` or more where it worked,
 * else the error's name. `calls` are expressions, evaluated with `libc`, `socket`, `os` and `call(number, ...)`, by name.
 */
export function callsProgram(calls: Readonly<Record<string, string>>): string {
  const lines = Object.entries(calls).map(
    ([name, expression]) => `tell(${JSON.stringify(name)}, lambda: ${expression})`,
  );
  return `import ctypes, errno, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(*given): return libc.syscall(*(g if isinstance(g, bytes) else ctypes.c_long(g) for g in given))
# From 424 on a number is the same everywhere.
def numbered(x86, arm): return x86 if platform.machine() == "x86_64" else arm
def tell(name, expression):
    ctypes.set_errno(0)
    try: result = expression()
    except OSError as error: result = -1; ctypes.set_errno(error.errno or 0)
    if not isinstance(result, int): result = 0
    failed = result == -1
    print(name, errno.errorcode.get(ctypes.get_errno(), "?") if failed else result, sep=": ")
${lines.join("\n")}
`;
}

/** The lines that such a program printed. */
export function endsOf(output: string): Record<string, string> {
  return Object.fromEntries(
    output
      .trimEnd()
      .split("\n")
      .map((line) => {
        const at = line.lastIndexOf(": ");
        return [line.slice(0, at), line.slice(at + 2)];
      }),
  );
}
