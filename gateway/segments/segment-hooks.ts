import { randomUUID } from 'node:crypto';
import type { Clock } from '../../metrics/process/clock.js';
import { CountedLine } from '../../metrics/output/counted-line.js';
import { Fifo } from '../../metrics/process/fifo.js';
import type { Log } from '../../metrics/process/log.js';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { isVisitor, nameOf } from '../../shards/api.js';
import { deliverHook, type Delivery, type HookSender } from './deliver-hook.js';
import type { NamedMove } from './segments.js';

/** Deliveries to one origin that wait, at most; what comes then is dropped and counted. A test reaches it. */
export const HOOKS_WAITING_MAX = 4_096;
/** Deliveries to one origin that are under way at once. */
export const UNDER_WAY_MAX = 8;
/** What a stop waits for those under way. */
const STOP_MS = 1_000;

/** What the hooks stand on. */
export interface HooksContext {
  readonly sender: HookSender;
  /** Where to say it of a segment; undefined for one without an address. */
  readonly addressOf: (segment: string) => string | undefined;
  readonly stats: ThreadStats;
  readonly clock: Pick<Clock, 'nowUs'>;
  readonly log: Log;
}

/** Messages to one origin: those that wait, how many are under way, and what the log is told of those that are not taken. */
interface Line {
  readonly origin: string;
  readonly waiting: Fifo<Delivery>;
  underWay: number;
  readonly failures: CountedLine;
  readonly drops: CountedLine;
}

/**
 * Tells the addresses of segments who comes and who leaves, one message each, tried again with growing pauses. Nobody waits for it.
 * Messages of one segment may overtake each other (`atMs` tells), come twice (`webhook-id` tells), and those that wait are lost when the
 * process ends: the members over HTTP are what counts. Each origin has a line of its own: one that hangs, for minutes each time, holds up no
 * other. Visitors are not told of, for their key is a secret.
 */
export class SegmentHooks {
  readonly #context: HooksContext;
  readonly #lines = new Map<string, Line>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #ending = new AbortController();

  constructor(context: HooksContext) {
    this.#context = context;
  }

  /** Deliveries that wait for their turn. */
  get waiting(): number {
    return [...this.#lines.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  moved({ user, entered, left, atMs }: NamedMove): void {
    if (isVisitor(user)) return;
    const name = nameOf(user);
    for (const segment of entered) this.#add('segment.entered', segment, name, atMs);
    for (const segment of left) this.#add('segment.left', segment, name, atMs);
  }

  /** Ends what is under way; what waits is dropped. */
  async stop(): Promise<void> {
    for (const line of this.#lines.values()) {
      this.#drop(line, line.waiting.length);
      line.waiting.clear();
    }
    const timer = setTimeout(() => this.#ending.abort(), STOP_MS);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
  }

  #add(type: string, segment: string, user: string, atMs: number): void {
    const url = this.#context.addressOf(segment);
    if (url === undefined) return;
    const line = this.#lineOf(URL.canParse(url) ? new URL(url).origin : '');
    if (line.waiting.length === HOOKS_WAITING_MAX) return this.#drop(line, 1);
    const body = JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data: { segment, user } });
    line.waiting.push({ id: `msg_${randomUUID()}`, url, body });
    this.#next(line);
  }

  #lineOf(origin: string): Line {
    let line = this.#lines.get(origin);
    if (line === undefined) {
      const { clock } = this.#context;
      const notices = { failures: new CountedLine(clock), drops: new CountedLine(clock) };
      line = { origin, waiting: new Fifo(), underWay: 0, ...notices };
      this.#lines.set(origin, line);
    }
    return line;
  }

  #next(line: Line): void {
    while (line.underWay < UNDER_WAY_MAX) {
      const delivery = line.waiting.shift();
      if (delivery === undefined) return;
      line.underWay++;
      const sending = this.#send(delivery, line).finally(() => {
        line.underWay--;
        this.#underWay.delete(sending);
        this.#next(line);
      });
      this.#underWay.add(sending);
    }
  }

  async #send(delivery: Delivery, { origin, failures }: Line): Promise<void> {
    const { sender, stats, log } = this.#context;
    try {
      await deliverHook(delivery, sender, this.#ending.signal);
      stats.count(COUNTER.segmentHooks.sent);
    } catch (error) {
      stats.count(COUNTER.segmentHooks.failed);
      const times = failures.take();
      const reason = (error as Error).message;
      if (times > 0) log.warn({ origin, reason, times }, 'messages of segments were not taken');
    }
  }

  #drop({ origin, drops }: Line, count: number): void {
    if (count === 0) return;
    this.#context.stats.count(COUNTER.segmentHooks.dropped, count);
    const times = drops.take(count);
    if (times > 0) this.#context.log.warn({ origin, times }, 'messages of segments are dropped');
  }
}
