import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../core/error.ts";
import { parseJson } from "../core/text/json.ts";
import { errorCode, toldToUser } from "../store/files/disk-error.ts";
import { waitForLock } from "../store/files/lock.ts";
import { formatOwner, type ProcessTable, parseOwner } from "../store/files/owner.ts";
import type { MeasuringQueue, MeasuringTurn, OnWait } from "./slot.ts";
import { collide, isNext, type Slot, shortestQueue, type Ticket, ticketSchema } from "./ticket.ts";

const POLL_MS = 20;
/** Comparisons of several processes take turns pair by pair. What is over sooner is no news. */
const PATIENCE_MS = 5000;
const DIGITS = 12;
/** Write permission of the group and of others. */
const OTHERS_WRITE = 0o022;
const NUMBER = new RegExp(`^\\d{${DIGITS}}$`);

export interface HostQueueOptions {
  /** The folder of the queue. It is created for this user alone. */
  readonly folder: string;
  /** The number of this user, who must own the folder; `null` on systems without such numbers. */
  readonly uid: number | null;
  readonly processes: ProcessTable;
  /** Ends what a killed process left running, as its benchmark would continue without it. */
  readonly endLeftoversOf: (owner: string) => Promise<void>;
  /** The name of the folder that a process works in; `null` where nobody can say. */
  readonly projectOf: (pid: number) => string | null;
  /** How long a wait is before it is told, in milliseconds; 5 s when left out. */
  readonly patienceMs?: number;
  /** Whether a living process is this user's. */
  readonly isOwn: (pid: number) => boolean;
  readonly now: () => Date;
}

/**
 * The queue of all loopty processes of one user on one machine, whatever their projects. It is a folder with a file for
 * every ticket. A ticket is drawn under a lock, so that its number is above all others, and given back without the
 * lock. Whoever sees the ticket of a killed process removes it, once its benchmark has ended. This too happens under
 * the lock, or the number could be another's by then.
 */
export class HostQueue implements MeasuringQueue {
  readonly #options: HostQueueOptions;

  constructor(options: HostQueueOptions) {
    this.#options = options;
  }

  /** Waits for a turn. Throws `UserError` where the folder cannot be used. */
  async take(
    slots: readonly Slot[],
    signal: AbortSignal,
    onWait: OnWait = () => {},
  ): Promise<MeasuringTurn> {
    try {
      const ticket = await this.#draw(slots, signal);
      const giveBack = () => this.#remove(ticket.number);
      try {
        await this.#waitFor(ticket, signal, onWait);
      } catch (error) {
        await giveBack();
        throw error;
      }
      return { ticket, [Symbol.asyncDispose]: giveBack };
    } catch (error) {
      throw toldToUser(error, this.#options.folder);
    }
  }

  async quietCpus(but?: MeasuringTurn): Promise<readonly string[]> {
    const standing = await this.#tickets();
    return standing
      .filter((ticket) => ticket.slot.quiet && this.#lives(ticket) && isNext(ticket, standing))
      .filter(({ number }) => number !== but?.ticket.number)
      .map(({ slot }) => slot.cpus);
  }

  includes(owner: string): boolean {
    const parsed = parseOwner(owner);
    const { processes, isOwn } = this.#options;
    return parsed !== null && processes.isAlive(parsed) && isOwn(parsed.pid);
  }

  hasLost(owner: string): boolean {
    const parsed = parseOwner(owner);
    const { processes } = this.#options;
    if (parsed === null || parsed.bootId !== processes.self().bootId) return false;
    return !processes.isAlive(parsed);
  }

  async #draw(slots: readonly Slot[], signal: AbortSignal): Promise<Ticket> {
    const { folder, processes } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#requireOwn();
    await using _lock = await this.#lock(signal);
    const standing = await this.#tickets();
    const ticket: Ticket = {
      number: 1 + Math.max(0, ...standing.map(({ number }) => number)),
      owner: formatOwner(processes.self()),
      slot: shortestQueue(slots, standing),
    };
    const { number, ...text } = ticket;
    // The file appears whole or not at all. Only the holder of the lock writes it.
    const draft = join(folder, "draft");
    await writeFile(draft, JSON.stringify(text));
    await rename(draft, this.#pathOf(number));
    return ticket;
  }

  async #waitFor(ticket: Ticket, signal: AbortSignal, onWait: OnWait): Promise<void> {
    const startMs = performance.now();
    let told: number | null = null;
    for (;;) {
      signal.throwIfAborted();
      const standing = await this.#tickets();
      if (isNext(ticket, standing)) {
        if (told !== null) onWait(null);
        return;
      }
      const other = this.#measurerBefore(ticket, standing);
      const isLong = performance.now() - startMs >= (this.#options.patienceMs ?? PATIENCE_MS);
      if (isLong && other !== null && other !== told) {
        told = other;
        onWait({ pid: other, project: this.#options.projectOf(other) });
      }
      if (standing.every((other) => this.#lives(other))) {
        await sleep(POLL_MS, undefined, { signal });
      } else await this.#removeDead(signal);
    }
  }

  /** The pid of the other process whose turn comes first of those that this ticket waits for; `null` where all are its own. */
  #measurerBefore(ticket: Ticket, standing: readonly Ticket[]): number | null {
    const [first] = standing
      .filter(({ owner }) => owner !== ticket.owner)
      .filter(({ number, slot }) => number < ticket.number && collide(slot, ticket.slot))
      .toSorted((a, b) => a.number - b.number);
    return (first && parseOwner(first.owner)?.pid) ?? null;
  }

  async #removeDead(signal: AbortSignal): Promise<void> {
    await using _lock = await this.#lock(signal);
    for (const { number, owner } of (await this.#tickets()).filter((each) => !this.#lives(each))) {
      await this.#options.endLeftoversOf(owner);
      await this.#remove(number);
    }
  }

  #lock(signal: AbortSignal): Promise<AsyncDisposable> {
    const { folder, processes, now } = this.#options;
    return waitForLock(join(folder, "lock"), processes, now, signal);
  }

  /**
   * Temporary folders are everybody's: another user may have made this one first, to hold up the queue by tickets that never end,
   * or to have links in it written through.
   */
  async #requireOwn(): Promise<void> {
    const { folder, uid } = this.#options;
    const found = await lstat(folder).catch(gone);
    if (found === null || uid === null) return;
    if (found.isDirectory() && found.uid === uid && (found.mode & OTHERS_WRITE) === 0) return;
    throw new UserError(`${folder} is no folder that is yours alone`, {
      hint: "have it deleted, or set TMPDIR to a folder of your own",
    });
  }

  /** All tickets in no order, those of dead processes included. */
  async #tickets(): Promise<Ticket[]> {
    const { folder } = this.#options;
    await this.#requireOwn();
    const names = (await readdir(folder).catch(gone)) ?? [];
    const tickets = names.filter((name) => NUMBER.test(name)).map((name) => this.#read(name));
    return (await Promise.all(tickets)).filter((ticket) => ticket !== null);
  }

  async #read(name: string): Promise<Ticket | null> {
    const path = join(this.#options.folder, name);
    const text = await readFile(path, "utf8").catch(gone);
    if (text === null) return null;
    const { data, success } = ticketSchema.safeParse(parseJson(text));
    if (success) return { number: Number(name), ...data };
    throw new UserError(`${path} is no place in the queue of those that measure`, {
      hint: "if no other loopty runs, delete it",
    });
  }

  #lives({ owner }: Ticket): boolean {
    const parsed = parseOwner(owner);
    return parsed !== null && this.#options.processes.isAlive(parsed);
  }

  #remove(number: number): Promise<void> {
    return rm(this.#pathOf(number), { force: true });
  }

  #pathOf(number: number): string {
    return join(this.#options.folder, String(number).padStart(DIGITS, "0"));
  }
}

/** The ticket was given back since it was listed. */
function gone(error: unknown): null {
  if (errorCode(error) === "ENOENT") return null;
  throw error;
}
