/** The machine whose engine the docker command would use: the only one, unless loopty.yaml names others. */
export const LOCAL_MACHINE = "local";

/** The names of the machines that a scheduler lends at once. */
export function lentNames(lender: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${lender}-${index + 1}`);
}
