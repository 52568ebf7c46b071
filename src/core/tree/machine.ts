/** The machine whose engine the docker command would use: the only one, unless loopty.yaml names others. */
export const LOCAL_MACHINE = "local";

/** The name of the nth machine, from 0, that a scheduler lends. */
export function lentName(lender: string, index: number): string {
  return `${lender}-${index + 1}`;
}
