import { Fifo } from '../../metrics/process/fifo.js';
import { readAtRiskPage } from '../disclosure/at-risk-page.js';
import { readExportPage, sessionsOf } from '../disclosure/export-page.js';
import { rebuildTops } from '../graph/interactions/interaction-pages.js';
import { eraseUser } from '../retention/erase-user.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardCall, ShardReply } from '../wire/calls.js';
import type { SegmentCall } from './chores/segment-chores.js';
import { replyWhenDurable } from './durable-reply.js';
import type { Housekeeping } from './housekeeping.js';
import type { SwapCall } from './swap-calls.js';

const USER_OPS = [
  'give',
  'join',
  'keep',
  'merge',
  'import',
  'forget',
  'visitorsOf',
  'whose',
  'erase',
  'unfinished',
  'seen',
  'export',
  'atRisk',
  'order',
  'snapshot',
  'stop',
] as const;
const MODEL_OPS = ['prepare', 'adopt', 'discard', 'recent'] as const satisfies readonly SwapCall['op'][];
const SEGMENT_OPS = [
  'segments',
  'segmentCounts',
  'members',
  'longTerm',
] as const satisfies readonly SegmentCall['op'][];
const RARE: ReadonlySet<string> = new Set([USER_OPS, MODEL_OPS, SEGMENT_OPS].flat());

type RareCall = SwapCall | SegmentCall | Extract<ShardCall, { op: (typeof USER_OPS)[number] }>;

/** Who carries out what is not of a user's rows. `stop` ends the thread in order. */
export interface RareDesks {
  readonly housekeeping: Housekeeping;
  readonly stop: () => Promise<void>;
}

/**
 * Calls that come seldom, carried out in their order between two ticks; but a user is given away only when none of their calls waits,
 * and the others do not wait for that. What throws over one user is set aside, and answered.
 */
export class RareCalls {
  readonly #built: BuiltShard;
  readonly #reply: (reply: ShardReply) => void;
  readonly #desks: RareDesks;
  readonly #waiting = new Fifo<RareCall>();

  constructor(built: BuiltShard, reply: (reply: ShardReply) => void, desks: RareDesks) {
    this.#built = built;
    this.#reply = reply;
    this.#desks = desks;
  }

  /** Calls that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Takes a call in, to be carried out by `handle`; false when it is none of these. */
  take(call: ShardCall): boolean {
    if (!isRare(call)) return false;
    this.#waiting.push(call);
    return true;
  }

  /** Carries out all that may be. Call between two ticks. */
  async handle(): Promise<void> {
    for (let left = this.#waiting.length; left > 0; left--) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      if ((call.op === 'give' || call.op === 'erase') && this.#built.shard.hasCallsOf(call.user))
        this.#waiting.push(call);
      else await this.#handleSafely(call);
    }
  }

  async #handleSafely(call: RareCall): Promise<void> {
    const { inHand } = this.#built.context;
    try {
      if ('call' in call) inHand.question(call.call);
      await this.#handle(call);
      inHand.clear();
    } catch (error) {
      if (call.op !== 'give' && call.op !== 'merge' && call.op !== 'import' && call.op !== 'forget')
        throw error;
      const names = [call.op === 'merge' ? call.from : call.user, call.op];
      const message = `it could not be carried out: ${(error as Error).message}`;
      const bytes = new Uint8Array(0);
      this.#built.context.quarantine.take({ kind: 'call', names, reason: message, bytes });
      this.#reply({ op: 'failed', call: call.call, message });
    }
  }

  async #handle(call: RareCall): Promise<void> {
    const { housekeeping, stop } = this.#desks;
    switch (call.op) {
      case 'order':
        rebuildTops(this.#built.interactions, this.#built.trends, this.#built.popular);
        return;
      case 'snapshot':
        housekeeping.snapshot(call.call, call.folder);
        return;
      case 'segments':
      case 'segmentCounts':
      case 'members':
      case 'longTerm':
        housekeeping.segments.take(call);
        return;
      case 'prepare':
      case 'adopt':
      case 'discard':
      case 'recent':
        await housekeeping.swaps.take(call);
        return;
      case 'stop':
        await stop();
        return;
      default:
        await this.#handleUser(call);
    }
  }

  async #handleUser(call: Extract<RareCall, { op: UserOp }>): Promise<void> {
    const { shard } = this.#built;
    switch (call.op) {
      case 'give':
        this.#give(call);
        return;
      case 'join':
      case 'keep':
        this.#reply({ op: 'failed', call: call.call, message: 'the partition is this node’s by now' });
        return;
      case 'export':
        this.#export(call);
        return;
      case 'atRisk':
        this.#reply({ op: 'atRisk', call: call.call, page: readAtRiskPage(this.#built.context, call) });
        return;
      case 'unfinished':
        this.#reply({ op: 'unfinished', call: call.call, merges: shard.unfinished() });
        return;
      case 'seen':
        this.#seen(call);
        return;
      case 'visitorsOf':
        this.#reply({ op: 'visitorsOf', call: call.call, visitors: shard.visitorsOf(call.user) });
        return;
      case 'whose':
        this.#reply({ op: 'whose', call: call.call, user: shard.whose(call.user) });
        return;
      case 'erase':
        this.#desks.housekeeping.swaps.drop(call.user);
        await eraseUser(this.#built, call.user);
        this.#reply({ op: 'done', call: call.call });
        return;
      case 'merge':
        shard.merge(call.from, call.into, call);
        replyWhenDurable(this.#built, this.#reply, call.call);
        return;
      case 'import':
        shard.importGraph(call.user, call.source, call.nodes);
        replyWhenDurable(this.#built, this.#reply, call.call);
        return;
      case 'forget':
        shard.forget(call.user, call.to);
        replyWhenDurable(this.#built, this.#reply, call.call);
    }
  }

  #give({ call, user, into, closes }: Extract<RareCall, { op: 'give' }>): void {
    const { shard } = this.#built;
    const given = shard.give(user, into, closes);
    shard.commits.whenDurable(() => this.#reply({ op: 'given', call, ...given }));
    shard.commits.commit();
  }

  #seen({ call, user, eventIds }: Extract<RareCall, { op: 'seen' }>): void {
    const { commits } = this.#built.shard;
    const seen = eventIds.map((eventId) => commits.hasEventId(user, eventId));
    commits.whenDurable(() => this.#reply({ op: 'seen', call, seen }));
    commits.commit();
  }

  #export({ call, users, since, from, wantsState }: Extract<RareCall, { op: 'export' }>): void {
    const { context, model } = this.#built;
    const { store } = context;
    const row = wantsState ? model.users.rowOf(users[0]) : -1;
    const kept = row < 0 ? store.user(users[0]) : model.codec.encode(row);
    const state = wantsState && kept !== undefined ? new Uint8Array(kept) : undefined;
    const sessions = wantsState ? sessionsOf(store, users[0]) : [];
    const page = readExportPage(context, { users, since }, from);
    this.#reply({ op: 'exported', call, ...page, sessions, state });
  }
}

type UserOp = Exclude<(typeof USER_OPS)[number], 'order' | 'snapshot' | 'stop'>;

function isRare(call: ShardCall): call is RareCall {
  return RARE.has(call.op);
}
