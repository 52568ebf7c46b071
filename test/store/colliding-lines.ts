/** So many lines that are one to git's comparison: of every pair of blocks both leave `h * 33 ^ c` at the same number. */
export function collidingLines(bits: number): string {
  const step = (hash: bigint, code: number) => BigInt.asUintN(64, hash * 33n) ^ BigInt(code);
  const letters = Array.from({ length: 58 }, (_, i) => 65 + i);
  const blocks: (readonly [string, string])[] = [];
  let hash = 5381n;
  while (blocks.length < bits) {
    const seen = new Map<bigint, string>();
    const pairs = letters.flatMap((a) => letters.map((b) => [a, b] as const));
    const found = pairs.find(([a, b]) => {
      const after = step(step(hash, a), b);
      if (seen.has(after)) return true;
      seen.set(after, String.fromCharCode(a, b));
      return false;
    });
    if (found === undefined) throw new Error("no collision from here");
    hash = step(step(hash, found[0]), found[1]);
    blocks.push([seen.get(hash) ?? "", String.fromCharCode(...found)]);
  }
  const line = (n: number) => blocks.map((block, i) => block[(n >> i) & 1]).join("");
  return Array.from({ length: 1 << bits }, (_, n) => `${line(n)}\n`).join("");
}
