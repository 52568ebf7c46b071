/** The machine whose engine the docker command would use: the only one, unless loopty.yaml names others. */
export const LOCAL_MACHINE = "local";
