import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../core/error.ts";
import type { HandedIn } from "../core/tree/handed-in.ts";
import {
  NO_STEERING,
  type Steering,
  type SteeringOrder,
  steer,
  steeringOrderSchema,
} from "../core/tree/steering.ts";
import { createWholeFile, makeFolder, writeWholeFile } from "./files/atomic-file.ts";
import { errorCode } from "./files/disk-error.ts";

const ORDER_FILE = /^([1-9]\d{0,8})\.json$/;
const MAX_BYTES = 64 * 1024;
const LARGEST_NUMBER = 999_999_999;

const orderFileSchema = z.strictObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  order: steeringOrderSchema,
});

/** One file of the folder. They come in the order in which they were given. */
export type PostedOrder =
  | { readonly kind: "order"; readonly number: number; readonly order: SteeringOrder }
  | { readonly kind: "unreadable"; readonly number: number; readonly problem: string };

/**
 * What people asked of a run, one file each: `steering/1.json`, `steering/2.json` and so on. Any process may add one
 * without the project's lock, which the running loopty holds. A file appears whole, and of two that want the same
 * number one takes the next. Files are never changed, so reading the folder again gives the same steering.
 */
export class SteeringFolder {
  readonly #folder: string;
  readonly #known = new Map<number, PostedOrder>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the order's number, once it is on disk. */
  async post(order: SteeringOrder, at: Date): Promise<number> {
    await makeFolder(this.#folder);
    const text = JSON.stringify({ v: 1, at: at.toISOString(), order });
    const last = (await this.#numbers()).at(-1) ?? 0;
    for (let number = last + 1; number <= LARGEST_NUMBER; number++) {
      if (await createWholeFile(join(this.#folder, `${number}.json`), `${text}\n`)) return number;
    }
    throw new UserError(`${this.#folder} holds ${last}.json, which loopty did not write`, {
      hint: "delete that file",
    });
  }

  /** All orders from the first on. Files that loopty did not write are reported as unreadable. */
  async orders(): Promise<PostedOrder[]> {
    const orders: PostedOrder[] = [];
    for (const number of await this.#numbers()) {
      const posted = this.#known.get(number) ?? (await this.#read(number));
      this.#known.set(number, posted);
      orders.push(posted);
    }
    return orders;
  }

  /** The sum of the orders so far. */
  async current(): Promise<Steering> {
    return steeringBy(await this.orders());
  }

  /** The number of the last order that the running loopty took; 0 before the first. */
  async taken(): Promise<number> {
    const text = await readFile(this.#takenFile, "utf8").catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return "";
      throw error;
    });
    return /^\d{1,9}\n$/.test(text) ? Number(text) : 0;
  }

  /** Only whoever holds the project's lock may call it. */
  async setTaken(number: number): Promise<void> {
    await writeWholeFile(this.#takenFile, `${number}\n`);
  }

  get #takenFile(): string {
    return join(this.#folder, "taken");
  }

  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return [];
      throw error;
    });
    return names
      .flatMap((name) => ORDER_FILE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async #read(number: number): Promise<PostedOrder> {
    const path = join(this.#folder, `${number}.json`);
    try {
      const found = await stat(path);
      if (!found.isFile()) throw new TypeError("it is no file");
      if (found.size > MAX_BYTES) throw new RangeError(`it has ${found.size} bytes`);
      const { order } = orderFileSchema.parse(JSON.parse(await readFile(path, "utf8")));
      return { kind: "order", number, order };
    } catch (error) {
      const problem = error instanceof z.ZodError ? "it is no order of loopty" : messageOf(error);
      return { kind: "unreadable", number, problem };
    }
  }
}

/** The changes that were handed in, whatever became of them. */
export function changesIn(orders: readonly PostedOrder[]): HandedIn[] {
  return orders.flatMap((posted) => {
    if (posted.kind !== "order" || posted.order.kind !== "try") return [];
    return [{ ...posted.order, number: posted.number }];
  });
}

export function steeringBy(orders: readonly PostedOrder[]): Steering {
  return orders.reduce(
    (steering, posted) => (posted.kind === "order" ? steer(steering, posted.order) : steering),
    NO_STEERING,
  );
}
