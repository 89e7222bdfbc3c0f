import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardContext } from '../shard/shard-context.js';
import { readRecords } from '../quarantine/read-records.js';
import type { ShardCall, ShardReply } from '../wire/calls.js';
import type { PostedModel } from '../wire/posted-model.js';
import type { ChoreQueue } from './chores/chore-queue.js';
import { replyWhenDurable } from './durable-reply.js';
import { ModelSwap } from './model-swap.js';

/** A call about the model that serves. */
export type SwapCall = Extract<ShardCall, { op: 'prepare' | 'adopt' | 'discard' | 'recent' }>;

/** Swaps of models as the loop of a shard sees them: which one serves, and answers. */
export class SwapCalls {
  readonly #built: BuiltShard;
  readonly #reply: (reply: ShardReply) => void;
  readonly #swap: ModelSwap;
  #served: PostedModel;

  constructor(
    built: BuiltShard,
    served: PostedModel,
    reply: (reply: ShardReply) => void,
    chores: Pick<ChoreQueue, 'once'>,
  ) {
    this.#built = built;
    this.#served = served;
    this.#reply = reply;
    this.#swap = new ModelSwap(built, chores.once);
  }

  /** Begins to rebuild states that another model made, if the store has such. */
  begin(): void {
    this.#swap.begin(this.#served);
  }

  /** See `ModelSwap`, also for `drop`. */
  get readsFrom(): number | undefined {
    return this.#swap.readsFrom;
  }

  drop(userId: string): void {
    this.#swap.drop(userId);
  }

  stop(): void {
    this.#swap.stop();
  }

  async take(asked: SwapCall): Promise<void> {
    const { call } = asked;
    switch (asked.op) {
      case 'prepare':
        void this.#swap.prepare(asked.model, (problem) => this.#reply(prepared(call, problem)));
        return;
      case 'adopt':
        await this.#swap.adopt(asked.model);
        this.#served = asked.model;
        replyWhenDurable(this.#built, this.#reply, call);
        return;
      case 'discard':
        this.#swap.discard(this.#served);
        this.#reply({ op: 'done', call });
        return;
      case 'recent':
        this.#reply({ op: 'recent', call, records: recentRecords(this.#built.context, asked.events) });
    }
  }
}

function prepared(call: number, problem: string | undefined): ShardReply {
  return problem === undefined ? { op: 'done', call } : { op: 'failed', call, message: problem };
}

function recentRecords({ store, quarantine }: ShardContext, events: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (const { bytes } of readRecords(store, quarantine, Math.max(0, store.journal.end - events)))
    records.push(new Uint8Array(bytes));
  return records;
}
