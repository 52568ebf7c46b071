/** The least that validates, in block style so that a test can add keys below. */
export const MINIMAL = `name: matmul
statement: Make it faster.
access: { writable: [src/a.c] }
commands: { benchmark: ./bench }
`;
