import { COUNTER } from '../../metrics/table.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { writeSnapshot } from '../store/snapshot/snapshot.js';
import type { ShardReply } from '../wire/calls.js';
import type { WorkerData } from '../wire/worker-data.js';
import type { Checkpoints } from './chores/checkpoints.js';

/** Makes snapshots of a shard that serves, and answers who asked for them. */
export class SnapshotMaker {
  readonly #built: BuiltShard;
  readonly #worker: Pick<WorkerData, 'shard' | 'shards'>;
  readonly #checkpoints: Checkpoints;
  readonly #reply: (reply: ShardReply) => void;
  readonly #stopping = new AbortController();

  constructor(
    built: BuiltShard,
    worker: Pick<WorkerData, 'shard' | 'shards'>,
    checkpoints: Checkpoints,
    reply: (reply: ShardReply) => void,
  ) {
    this.#built = built;
    this.#worker = worker;
    this.#checkpoints = checkpoints;
    this.#reply = reply;
  }

  /** Everything in memory goes to the store first, then the store is copied to `folder` while ticks go on. */
  make(call: number, folder: string): void {
    this.#checkpoints.hurry(() => {
      this.#copy(call, folder).catch((error: unknown) =>
        this.#reply({ op: 'failed', call, message: (error as Error).message }),
      );
    });
  }

  /** Ends those that are being made. */
  stop(): void {
    this.#stopping.abort();
  }

  async #copy(call: number, folder: string): Promise<void> {
    const { shard: number, shards } = this.#worker;
    const { context, model, shard } = this.#built;
    const facts = {
      shard: number,
      shards,
      model: model.scorer.name,
      createdAt: new Date().toISOString(),
    };
    await shard.commits.idle();
    const manifest = await writeSnapshot(context.store, folder, facts, this.#stopping.signal);
    context.stats.count(COUNTER.snapshots);
    const { users, journalEnd, bytes, files } = manifest;
    const entry = { shard: number, folder, users, journalEnd, bytes, sha256: files[0].sha256 };
    this.#reply({ op: 'snapshot', call, entry });
  }
}
