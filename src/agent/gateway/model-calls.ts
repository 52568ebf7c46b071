import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestPurpose, Reservation } from "../../core/budget/lease.ts";
import { NO_TOKENS } from "../../core/budget/price.ts";
import { EngineError, messageOf } from "../../core/error.ts";
import { formatDuration } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { retryAfterMs } from "../retry-after.ts";
import type { ServerError } from "../server-error.ts";
import { type PassedAnswer, passOn } from "./answer.ts";
import type { GatewayOptions, ServerFault } from "./gateway-options.ts";
import { CallBound } from "./input-bound.ts";
import { withoutKey } from "./key-filter.ts";
import { type ModelCall, type Refusal, refusal } from "./protocol.ts";
import { Turns } from "./turns.ts";

const COOL_DOWN_MS = 10_000;
/** In the container a path begins with the protocol's own version. */
const VERSION = /^\/v1(beta)?/;
const UNPAID_STATUS = 402;
const NO_ROOM = "the token budget of this experiment leaves no room for another request";

/** A client that left while its call waited pays for nothing. */
interface Left {
  readonly kind: "left";
}

interface Room {
  readonly kind: "room";
  readonly number: number;
  readonly output: number;
  readonly reservation: Reservation;
}

export interface AnsweredCall {
  readonly call: ModelCall;
  readonly headers: Readonly<Record<string, string>>;
}

/** One node's calls of its model: paced, paid for, written down, and sent once. Whether to try again is the client's affair. */
export class ModelCalls {
  readonly #options: GatewayOptions;
  readonly #ended: AbortSignal;
  readonly #bound = new CallBound();
  readonly #turns = new Turns();
  /** Calls that wait for room do so one after another, so that the transcript has them in the order of sending. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #sent = new Set<Promise<void>>();
  #number = 0;
  purpose: RequestPurpose = "work";
  /** Whether a call found no room in the lease. */
  isSpent = false;
  /** The last call's failure; `null` where it was answered. */
  fault: ServerFault | null = null;
  /** The last call that was answered, with the client's own headers. */
  answered: AnsweredCall | null = null;

  constructor(options: GatewayOptions, ended: AbortSignal) {
    this.#options = options;
    this.#ended = ended;
  }

  /** Sends a call and passes its answer on. Returns why it was not sent. */
  async send(
    call: ModelCall,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Refusal | null> {
    const place = this.#last.then(() => this.#reserve(call, response));
    this.#last = place.catch(() => {});
    const room = await place;
    if (room.kind === "refused") return room;
    if (room.kind === "left") return null;
    const sent = this.#spend(room, call, request, response);
    this.#sent.add(sent);
    await sent.finally(() => this.#sent.delete(sent));
    return null;
  }

  /** Resolves once what was sent until now is paid for and written down. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#sent);
  }

  async #spend(
    { number, output, reservation }: Room,
    call: ModelCall,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    let answer: PassedAnswer | null = null;
    try {
      answer = await this.#exchange(call, output, request, response);
    } catch (error) {
      const reason = withoutKey(messageOf(error), this.#options.access.key);
      this.fault = { status: null, reason: `no whole answer: ${printable(reason, 300)}` };
      response.destroy();
    }
    const { status = null, body = "", tokens = "unknown" } = answer ?? {};
    if (status !== null && status < 300 && this.fault === null) {
      const headers = passedOf(request, this.#options.protocol.passedHeaders);
      this.answered = { call, headers };
    }
    reservation.settle(tokens);
    this.#bound.learn(call, tokens);
    await this.#options.journal({ type: "wire_answer", number, status, body, tokens });
  }

  /** With less room than asked for, the answer gets shorter. */
  async #reserve(call: ModelCall, response: ServerResponse): Promise<Room | Left | Refusal> {
    const { lease, pace, limits, journal } = this.#options;
    try {
      await pace.wait(this.#ended);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.fault = { status: 429, reason: error.message };
      return refusal(error.message, 400);
    }
    if (response.destroyed) return { kind: "left" };
    const input = this.#bound.of(call);
    const asked = Math.min(call.maxOutputTokens ?? limits.maxOutput, limits.maxOutput);
    const output = lease.outputRoom({ input, output: asked }, this.purpose);
    const enough = output >= Math.min(asked, limits.minOutput);
    const reservation = enough ? lease.reserve({ input, output }, this.purpose) : null;
    if (reservation === null) {
      this.isSpent = true;
      return refusal(NO_ROOM, 400);
    }
    this.#number += 1;
    const number = this.#number;
    const reserved = { input, output };
    const news = this.#turns.newIn(call);
    await journal({ type: "wire_request", number, maxOutputTokens: output, reserved, ...news });
    return { kind: "room", number, output, reservation };
  }

  async #exchange(
    call: ModelCall,
    output: number,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<PassedAnswer> {
    const { access, protocol, limits, fetch } = this.#options;
    const aborted = new AbortController();
    const abort = (reason: string) => () => aborted.abort(new Error(reason));
    const onEnded = abort("the node has ended");
    const onSilence = abort("nothing came for too long");
    response.on("close", abort("the client broke off"));
    this.#ended.addEventListener("abort", onEnded, { once: true });
    if (this.#ended.aborted) onEnded();
    const total = setTimeout(abort("the answer took too long"), limits.totalMs);
    let silence = setTimeout(onSilence, limits.silenceMs);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(onSilence, limits.silenceMs);
    };
    const usage = protocol.readUsage();
    const { path, body } = call.send(output);
    try {
      const upstream = await fetch(`${access.baseUrl}${path.replace(VERSION, "")}`, {
        method: "POST",
        headers: {
          ...passedOf(request, protocol.passedHeaders),
          ...access.keyHeaders,
          "content-type": "application/json",
          // A compressed answer could not be metered.
          "accept-encoding": "identity",
        },
        body: JSON.stringify(body),
        // `fetch` would take the key along to another host.
        redirect: "manual",
        signal: aborted.signal,
      });
      heard();
      const { signal } = aborted;
      const answer = await passOn(upstream, response, usage, access.key, { heard, signal });
      return this.#judge(answer, upstream, usage.error());
    } finally {
      clearTimeout(silence);
      clearTimeout(total);
      this.#ended.removeEventListener("abort", onEnded);
    }
  }

  /** An error is not billed, except one that may hide an answer. A server with too much to do is left alone by all. */
  #judge(answer: PassedAnswer, upstream: Response, error: ServerError | null): PassedAnswer {
    const { pace, now, warn } = this.#options;
    const { status, body } = answer;
    const isError = status >= 300;
    const isUnpaid = error?.kind === "unpaid";
    const isBusy = isError ? status === 429 || status === 529 : error?.kind === "busy";
    if (isBusy && !isUnpaid) {
      const delayMs = retryAfterMs(upstream.headers, now()) ?? COOL_DOWN_MS;
      const coolDown = pace.coolDown(now().getTime() + delayMs);
      const wait = formatDuration(coolDown.delayMs);
      if (coolDown.long) warn(`the API wants no request for ${wait}`).catch(() => {});
    }
    const reason = isError
      ? `the API answered ${status}: ${printable(body, 300)}`
      : `the API broke off: ${error?.message}`;
    const ownStatus = isError ? status : null;
    const isAnswer = !isError && error === null;
    this.fault = isAnswer ? null : { status: isUnpaid ? UNPAID_STATUS : ownStatus, reason };
    return !isError || status >= 500 ? answer : { ...answer, tokens: NO_TOKENS };
  }
}

function passedOf({ headers }: IncomingMessage, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value] as const] : [];
    }),
  );
}
