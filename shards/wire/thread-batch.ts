import type { Interaction } from '../graph/interactions/interaction-graph.js';
import type { ShardCall, ShardReply, ShardSink } from './calls.js';
import { packRequest, unpackRequest } from './rank-words.js';
import { SlotChanges } from './slot-changes.js';
import { WordReader, WordWriter } from './words.js';
import type { PartRow, RankRequest, ReasonRow, RoundTimes, ShardList } from './slot-lists.js';
import type { ShardEvent } from './shard-event.js';

/**
 * What one thread posts to the other at once: numbers of the click path packed into one transferred
 * buffer, in order; strings, typed arrays and rare calls beside it, referred to by position.
 */
export interface ThreadBatch {
  readonly words: Float64Array;
  readonly extras: readonly unknown[];
}

/** A round's own: what it is, and five times. */
const ROUND_WORDS = 6;

const CALL = { event: 1, other: 2, rank: 3, rankFor: 4 } as const;
const REPLY = {
  applied: 1,
  durable: 2,
  refused: 3,
  list: 4,
  learn: 5,
  current: 6,
  ranked: 7,
  other: 8,
  round: 9,
} as const;

/**
 * Packs calls to a shard; one per shard, on the gateway thread. What is said of slots comes last in a batch, each slot once,
 * however often it changed meanwhile; the others keep their order.
 */
export class CallPacker {
  readonly #words = new WordWriter();
  readonly #slots = new SlotChanges();
  #extras: unknown[] = [];

  get isEmpty(): boolean {
    return this.#words.length === 0 && this.#slots.isEmpty;
  }

  add(call: ShardCall): void {
    if (call.op === 'event') this.addEvent(call.channel, call.session, call.event, call.call);
    else if (call.op === 'rank') this.#addRank(CALL.rank, call.call, call.channel, call.request);
    else if (call.op === 'rankFor')
      this.#addRank(CALL.rankFor, call.call, this.#reference(call.user), call.request);
    else if (!this.#slots.take(call)) this.#words.put2(CALL.other, this.#extra(call));
  }

  /** `call` is 0 for an event of a session. */
  addEvent(channel: number, session: number, event: ShardEvent, call: number): void {
    const words = this.#words;
    words.put4(CALL.event, channel, session, event.seq);
    words.put4(event.kind, event.tsMs, event.value, event.quantity);
    words.put3(
      this.#text(event.query),
      this.#text(event.eventId ?? ''),
      event.hits === undefined ? 0 : this.#reference(event.hits),
    );
    words.put3(call, this.#text(event.campaign ?? ''), event.items.length);
    for (let i = 0; i < event.items.length; i++) words.put(event.items[i]);
  }

  /** `whom` is a channel, or a reference to the name of a user. */
  #addRank(op: number, call: number, whom: number, request: RankRequest): void {
    this.#words.put3(op, call, whom);
    packRequest(this.#words, request, this.#reference);
  }

  /** The batch so far; the packer begins a new one. */
  take(): ThreadBatch {
    for (const call of this.#slots.calls()) this.#words.put2(CALL.other, this.#extra(call));
    this.#slots.clear();
    const batch = { words: this.#words.take(), extras: this.#extras };
    this.#extras = [];
    return batch;
  }

  #text(text: string): number {
    return text === '' ? 0 : this.#reference(text);
  }

  /** Bound once. */
  readonly #reference = (value: unknown): number => this.#extras.push(value);

  #extra(value: unknown): number {
    return this.#extras.push(value) - 1;
  }
}

/** Unpacks calls, in order. */
export function unpackCalls(batch: ThreadBatch, take: (call: ShardCall) => void): void {
  const words = new WordReader(batch.words);
  const text = (reference: number) => (reference === 0 ? '' : (batch.extras[reference - 1] as string));
  while (!words.isAtEnd) {
    const op = words.next();
    if (op === CALL.other) {
      take(batch.extras[words.next()] as ShardCall);
      continue;
    }
    if (op !== CALL.event) {
      const call = words.next();
      const whom = words.next();
      const request = unpackRequest(words, batch.extras);
      if (op === CALL.rank) take({ op: 'rank', call, channel: whom, request });
      else take({ op: 'rankFor', call, user: batch.extras[whom - 1] as string, request });
      continue;
    }
    const channel = words.next();
    const session = words.next();
    const seq = words.next();
    const kind = words.next();
    const tsMs = words.next();
    const value = words.next();
    const quantity = words.next();
    const query = text(words.next());
    const eventId = text(words.next());
    const hits = words.next();
    const call = words.next();
    const campaign = text(words.next());
    const items: number[] = [];
    for (let left = words.next(); left > 0; left--) items.push(words.next());
    const event: ShardEvent = {
      seq,
      kind,
      tsMs,
      items,
      value,
      quantity,
      query,
      ...(eventId !== '' && { eventId }),
      ...(hits !== 0 && { hits: batch.extras[hits - 1] as Int32Array }),
      ...(campaign !== '' && { campaign }),
    };
    take({ op: 'event', channel, session, event, call });
  }
}

/** Packs what a shard says; one per shard, on its thread. */
export class ReplyPacker implements ShardSink {
  readonly #post: (batch: ThreadBatch) => void;
  readonly #words = new WordWriter();
  #extras: unknown[] = [];
  #isScheduled = false;
  #isHeld = false;
  #hasSent = false;
  /** Where the words of the running round stand; −1: there are none. */
  #roundAt = -1;

  /** `post` sends a batch and owns it from then on. */
  constructor(post: (batch: ThreadBatch) => void) {
    this.#post = post;
  }

  /** A tick begins: acknowledgements made while it runs go out with its answers. */
  begin(): void {
    this.#isHeld = true;
    this.#hasSent = false;
  }

  /** The tick is over. A tick sends at least once, also when there is nothing to say, for the pool counts them. */
  end(): void {
    this.#isHeld = false;
    if (!this.#hasSent || this.#words.length > 0) this.#send();
  }

  stepped(startedUs: number, graphUs: number, modelUs: number): void {
    this.#roundAt = this.#words.length;
    this.#words.put4(REPLY.round, startedUs, graphUs, modelUs);
    this.#words.put2(0, 0);
  }

  /** Sends what there is. */
  answered(scoringUs: number, nowUs: number): void {
    const at = this.#roundAt;
    this.#words.set(at + 4, scoringUs);
    this.#words.set(at + 5, nowUs);
    // Nobody gets an answer of the round, and nothing was said before.
    if (at === 0 && this.#words.length === ROUND_WORDS) this.#words.length = 0;
    this.#roundAt = -1;
    this.#sendAll();
  }

  #sendAll(): void {
    if (this.#words.length > 0) this.#send();
  }

  #send(): void {
    this.#hasSent = true;
    this.#post({ words: this.#words.take(), extras: this.#extras });
    this.#extras = [];
  }

  applied(session: number, seq: number): void {
    this.#words.put3(REPLY.applied, session, seq);
  }

  durable(session: number, seq: number, fromUs: number, toUs: number): void {
    this.#words.put3(REPLY.durable, session, seq);
    this.#words.put2(fromUs, toUs);
    this.soon();
  }

  refused(session: number, seq: number, expected: number): void {
    this.#words.put4(REPLY.refused, session, seq, expected);
  }

  list(channel: number, slot: string, list: ShardList): void {
    this.#words.put3(REPLY.list, channel, this.#extra(slot));
    this.#list(list);
  }

  current(channel: number, slot: string): void {
    this.#words.put3(REPLY.current, channel, this.#extra(slot));
    this.soon();
  }

  learn({ item, atMs, session, before, beforeCount }: Interaction): void {
    this.#words.put4(REPLY.learn, item, atMs, session);
    this.#words.put(beforeCount);
    for (let d = 0; d < beforeCount; d++) this.#words.put(before[d]);
  }

  reply(reply: ShardReply): void {
    if (reply.op === 'ranked') {
      this.#words.put4(REPLY.ranked, reply.call, reply.answer.degraded ? 1 : 0, reply.answer.shardUs ?? 0);
      this.#list(reply.answer);
    } else this.#words.put2(REPLY.other, this.#extra(reply));
    this.soon();
  }

  /** What is said outside of a tick is sent together, once the callbacks that say it are through. */
  soon(): void {
    if (this.#isScheduled || this.#isHeld) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isHeld) this.#sendAll();
    });
  }

  #list({ items, scores, reasons, rev, model, segment = 0 }: ShardList): void {
    const words = this.#words;
    words.put4(this.#extra(model), rev, segment, items.length);
    for (let i = 0; i < items.length; i++) words.put2(items[i], scores[i]);
    const at = words.length;
    words.put(0);
    if (reasons === undefined) return;
    for (const reason of reasons) this.#reason(reason);
    words.set(at, words.length - at);
  }

  #reason(reason: ReasonRow): void {
    this.#words.put2(reason.source, reason.because.length);
    for (let i = 0; i < reason.because.length; i++) this.#words.put2(reason.because[i], reason.weight[i]);
    this.#words.put(reason.parts === undefined ? 0 : 1 + reason.parts.length);
    for (const part of reason.parts ?? []) this.#words.put3(part.of, part.item, part.score);
  }

  #extra(value: unknown): number {
    return this.#extras.push(value) - 1;
  }
}

/** Who hears what a shard said; as `ShardSink`, and arrays are the receiver's. */
export interface ReplyReceiver {
  applied(session: number, seq: number): void;
  durable(session: number, seq: number, fromUs: number, toUs: number): void;
  refused(session: number, seq: number, expected: number): void;
  list(channel: number, slot: string, list: ShardList): void;
  current(channel: number, slot: string): void;
  learn(item: number, atMs: number, session: number, before: readonly number[]): void;
  reply(reply: ShardReply): void;
}

/** Unpacks replies, in order. */
export function unpackReplies(batch: ThreadBatch, to: ReplyReceiver): void {
  const words = new WordReader(batch.words);
  let round: RoundTimes | undefined;
  while (!words.isAtEnd) {
    switch (words.next()) {
      case REPLY.applied:
        to.applied(words.next(), words.next());
        break;
      case REPLY.durable:
        to.durable(words.next(), words.next(), words.next(), words.next());
        break;
      case REPLY.refused:
        to.refused(words.next(), words.next(), words.next());
        break;
      case REPLY.round:
        round = unpackRound(words);
        break;
      case REPLY.list:
        to.list(words.next(), batch.extras[words.next()] as string, unpackList(words, batch.extras, round));
        break;
      case REPLY.ranked: {
        const call = words.next();
        const degraded = words.next() === 1;
        const shardUs = words.next();
        const answer = Object.assign(unpackList(words, batch.extras, round), { degraded, shardUs });
        to.reply({ op: 'ranked', call, answer });
        break;
      }
      case REPLY.current:
        to.current(words.next(), batch.extras[words.next()] as string);
        break;
      case REPLY.learn: {
        const item = words.next();
        const atMs = words.next();
        const session = words.next();
        const before: number[] = [];
        for (let left = words.next(); left > 0; left--) before.push(words.next());
        to.learn(item, atMs, session, before);
        break;
      }
      default:
        to.reply(batch.extras[words.next()] as ShardReply);
    }
  }
}

/** Reasons stay packed until somebody writes them, who is counted for it: they take longer than the rest of a list. */
function unpackList(words: WordReader, extras: readonly unknown[], round: RoundTimes | undefined): ShardList {
  const model = extras[words.next()] as string;
  const rev = words.next();
  const segment = words.next() || undefined;
  const count = words.next();
  // One buffer: each costs 350 bytes beside what it holds, and the gateway keeps the list of every slot.
  const buffer = new ArrayBuffer(2 * 4 * count);
  const items = new Int32Array(buffer, 0, count);
  const scores = new Float32Array(buffer, 4 * count, count);
  for (let i = 0; i < count; i++) {
    items[i] = words.next();
    scores[i] = words.next();
  }
  const packedWords = words.next();
  if (packedWords === 0) return { items, scores, rev, model, segment, round };
  const packed = words.take(packedWords - 1);
  return {
    items,
    scores,
    get reasons() {
      return unpackReasons(packed);
    },
    rev,
    model,
    segment,
    round,
  };
}

function unpackRound(words: WordReader): RoundTimes {
  return {
    startedUs: words.next(),
    graphUs: words.next(),
    modelUs: words.next(),
    scoringUs: words.next(),
    answeredUs: words.next(),
  };
}

/** Of the first items of a list, or of all. */
function unpackReasons(packed: Float64Array): ReasonRow[] {
  const words = new WordReader(packed);
  const reasons: ReasonRow[] = [];
  while (!words.isAtEnd) reasons.push(unpackReason(words));
  return reasons;
}

function unpackReason(words: WordReader): ReasonRow {
  const source = words.next();
  const because: number[] = [];
  const weight: number[] = [];
  for (let left = words.next(); left > 0; left--) {
    because.push(words.next());
    weight.push(words.next());
  }
  const partCount = words.next() - 1;
  if (partCount < 0) return { because, weight, source };
  const parts: PartRow[] = [];
  for (let left = partCount; left > 0; left--)
    parts.push({ of: words.next(), item: words.next(), score: words.next() });
  return { because, weight, source, parts };
}
