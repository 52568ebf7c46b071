import { it } from "vitest";

/** One attack of the list in docs/security.md. */
export interface AttackCase {
  /** Its number, which no other attack has: two digits, or three from 100 on. */
  readonly case: string;
  /** What is tried. */
  readonly title: string;
  /** What becomes of it. */
  readonly outcome: string;
}

declare module "vitest" {
  interface TaskMeta {
    /** How many hostile inputs an attack tried. */
    inputs?: number;
  }
}

/**
 * Registers an attack as one test, named `03 title -> outcome`. `npm run attack` reads its table off these names, so the
 * number comes first and the arrow stands once. A body that tries many inputs resolves to their number.
 */
export function attack(attackCase: AttackCase, body: () => unknown): void {
  const { case: number, title, outcome } = attackCase;
  if (!/^(\d{2}|[1-9]\d{2})$/.test(number)) throw new Error(`not an attack's number: ${number}`);
  if (`${title}${outcome}`.includes(" -> ")) throw new Error(`attack ${number} has two arrows`);
  it(`${number} ${title} -> ${outcome}`, async ({ task }) => {
    const inputs = await body();
    if (typeof inputs === "number") task.meta.inputs = inputs;
  });
}
