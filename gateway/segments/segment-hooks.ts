import { randomUUID } from 'node:crypto';
import type { Log } from '../../metrics/process/log.js';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { isVisitor, nameOf } from '../../shards/api.js';
import { deliverHook, type Delivery, type HookSender } from './deliver-hook.js';
import type { NamedMove } from './segments.js';

/** Deliveries that wait, at most; what comes then is dropped and counted. A test reaches it. */
export const HOOKS_WAITING_MAX = 4_096;
/** Deliveries under way at once, so that one address that hangs holds up few others. */
const UNDER_WAY_MAX = 8;
/** What a stop waits for those under way. */
const STOP_MS = 1_000;

/** What the hooks stand on. */
export interface HooksContext {
  readonly sender: HookSender;
  /** Where to say it of a segment; undefined for one without an address. */
  readonly addressOf: (segment: string) => string | undefined;
  readonly stats: ThreadStats;
  readonly log: Log;
}

/**
 * Tells the addresses of segments who comes and who leaves, one message each, tried again with growing pauses. Nobody waits for it.
 * Messages of one segment may overtake each other (`atMs` tells), come twice (`webhook-id` tells), and those that wait are lost when the
 * process ends: the members over HTTP are what counts. Visitors are not told of, for their key is a secret.
 */
export class SegmentHooks {
  readonly #context: HooksContext;
  readonly #waiting: Delivery[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  #isDropping = false;

  constructor(context: HooksContext) {
    this.#context = context;
  }

  /** Deliveries that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  moved({ user, entered, left, atMs }: NamedMove): void {
    if (isVisitor(user)) return;
    const name = nameOf(user);
    for (const segment of entered) this.#add('segment.entered', segment, name, atMs);
    for (const segment of left) this.#add('segment.left', segment, name, atMs);
  }

  /** Ends what is under way; what waits is dropped. */
  async stop(): Promise<void> {
    this.#drop(this.#waiting.splice(0).length);
    const timer = setTimeout(() => this.#ending.abort(), STOP_MS);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
  }

  #add(type: string, segment: string, user: string, atMs: number): void {
    const url = this.#context.addressOf(segment);
    if (url === undefined) return;
    if (this.#waiting.length === HOOKS_WAITING_MAX) return this.#drop(1);
    this.#isDropping = false;
    const body = JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data: { segment, user } });
    this.#waiting.push({ id: `msg_${randomUUID()}`, url, body });
    this.#next();
  }

  #next(): void {
    while (this.#underWay.size < UNDER_WAY_MAX) {
      const delivery = this.#waiting.shift();
      if (delivery === undefined) return;
      const sending = this.#send(delivery).finally(() => {
        this.#underWay.delete(sending);
        this.#next();
      });
      this.#underWay.add(sending);
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    const { sender, stats, log } = this.#context;
    try {
      await deliverHook(delivery, sender, this.#ending.signal);
      stats.count(COUNTER.segmentHooks.sent);
    } catch (error) {
      stats.count(COUNTER.segmentHooks.failed);
      const { host } = new URL(delivery.url);
      log.warn({ host, reason: (error as Error).message }, 'a message of a segment was not taken');
    }
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#context.stats.count(COUNTER.segmentHooks.dropped, count);
    if (!this.#isDropping) this.#context.log.warn({ count }, 'messages of segments are dropped');
    this.#isDropping = true;
  }
}
