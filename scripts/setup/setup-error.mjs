/** Something set-up cannot do by itself: what happened, and what the user can do about it. Exit 2. */
export class SetupError extends Error {
  /** @param {string} message @param {string} hint */
  constructor(message, hint) {
    super(message);
    this.name = "SetupError";
    this.hint = hint;
  }
}
