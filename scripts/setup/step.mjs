/**
 * What every step is given.
 * @typedef {object} Context
 * @property {string} root the project's folder
 * @property {Record<string, string | undefined>} env
 * @property {string} home the user's folder
 * @property {(line: string) => void} say
 */

/**
 * One thing set-up provides. `whyNeeded` is asked on every run, so it only looks, and fast.
 * @typedef {object} Step
 * @property {string} name
 * @property {(context: Context) => Promise<string | undefined>} whyNeeded the reason and what will be done, or undefined
 * @property {(context: Context) => Promise<void>} run
 */

export {};
