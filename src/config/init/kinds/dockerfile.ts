/** The file's name beside loopty.yaml. */
export const DOCKERFILE = "loopty.Dockerfile";

const ABOUT =
  "# The tool chain, which the image that comes with loopty has not. More: docs/images.md of loopty.";

/** Debian with C, C++ and Python, as in the image that comes with loopty, and these packages. */
export function debianWith(...packages: readonly string[]): string {
  return `${ABOUT}
FROM debian:bookworm-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends ${packages.join(" ")} g++ make python3 \\
 && rm -rf /var/lib/apt/lists/*
`;
}

/** Debian has no package of Zig, and Zig's makers no image; they publish it as a package of Python. */
export function zigFromPython(): string {
  return `${ABOUT}
FROM python:3-slim
# The version that build.zig.zon asks for: ziglang==0.13.0
RUN pip install --no-cache-dir ziglang \\
 && printf '#!/bin/sh\\nexec python3 -m ziglang "$@"\\n' > /usr/local/bin/zig && chmod +x /usr/local/bin/zig
`;
}
