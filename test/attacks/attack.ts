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

/**
 * Registers an attack as one test, named `03 title -> outcome`. `npm run attack` reads its table off these names, so the
 * number comes first and the arrow stands once.
 */
export function attack(attackCase: AttackCase, body: () => Promise<void> | void): void {
  const { case: number, title, outcome } = attackCase;
  if (!/^(\d{2}|[1-9]\d{2})$/.test(number)) throw new Error(`not an attack's number: ${number}`);
  if (`${title}${outcome}`.includes(" -> ")) throw new Error(`attack ${number} has two arrows`);
  it(`${number} ${title} -> ${outcome}`, body);
}
