import type { BuiltShard } from '../../shard/build-shard.js';
import { LongTermPages } from '../../clusters/long-term-pages.js';
import { MemberPages } from '../../segments/member-pages.js';
import type { ShardCall, ShardReply } from '../../wire/calls.js';
import { PacedChore, type ChoreLine } from './paced-chore.js';

/** Rest between two bites of checks, so that they take a twentieth of the time at most. */
const REST_MS = 6;

/** A call about segments. */
export type SegmentCall = Extract<ShardCall, { op: 'segments' | 'segmentCounts' | 'members' | 'longTerm' }>;

/** The segments of a shard as its loop sees them: checks in bites between ticks, and answers. */
export class SegmentChores {
  readonly #shard: BuiltShard['shard'];
  readonly #context: BuiltShard['context'];
  readonly #reply: (reply: ShardReply) => void;
  readonly #pages = new MemberPages();
  readonly #sample = new LongTermPages();
  readonly #checks: PacedChore;

  constructor({ shard, context }: BuiltShard, reply: (reply: ShardReply) => void, line: ChoreLine) {
    this.#shard = shard;
    this.#context = context;
    this.#reply = reply;
    this.#checks = new PacedChore(line, () => shard.segments.step(), REST_MS);
  }

  /** A tick is over: whoever changed is checked. */
  ticked(): void {
    if (this.#shard.segments.hasWork) this.#checks.begin();
  }

  /** Time has passed. */
  recheck(): void {
    this.#shard.segments.recheck();
    this.ticked();
  }

  stop(): void {
    this.#checks.stop();
  }

  take(asked: SegmentCall): void {
    const { segments } = this.#shard;
    switch (asked.op) {
      case 'segments':
        segments.define(asked, () => this.ticked());
        this.ticked();
        return;
      case 'segmentCounts': {
        const { revision, isComplete } = segments;
        const counts = segments.counts();
        this.#reply({ op: 'segmentCounts', call: asked.call, revision, counts, isComplete });
        return;
      }
      case 'members':
        this.#tellMembers(asked);
        return;
      case 'longTerm':
        this.#tellSample(asked);
    }
  }

  #tellSample({ call, isFirst }: Extract<SegmentCall, { op: 'longTerm' }>): void {
    const { model, clock } = this.#context;
    if (isFirst) this.#sample.begin(Array.from(model.users.hot(), ([, row]) => row));
    this.#reply({ op: 'longTerm', call, page: this.#sample.next(model.graph, clock.nowMs()) });
  }

  #tellMembers({ call, segment, stream, isFirst }: Extract<SegmentCall, { op: 'members' }>): void {
    const page = this.#pages.next(stream, isFirst ? () => this.#shard.segments.named(segment) : undefined);
    if (page === undefined)
      this.#reply({ op: 'failed', call, message: 'too many read members at once; ask again' });
    else this.#reply({ op: 'members', call, ...page });
  }
}
