import { UserError } from "../../src/core/error.ts";

/** What was read, or `null` where it was refused as a `UserError`, with a message of a length to read. Throws anything else. */
export function refused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    return checked(error);
  }
}

export async function refusedLater<T>(reading: Promise<T>): Promise<T | null> {
  return await reading.catch(checked);
}

function checked(error: unknown): null {
  if (!(error instanceof UserError)) throw error;
  if (error.message.trim() === "") throw new Error("refused without a reason");
  if (error.message.length > MOST_CHARACTERS) {
    throw new Error(`a refusal of ${error.message.length} characters`);
  }
  return null;
}

const MOST_CHARACTERS = 200_000;
