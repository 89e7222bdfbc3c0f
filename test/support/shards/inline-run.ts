import { FakeClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import type { RunListener } from '../../../shards/pool/thread-run.js';
import { buildShard } from '../../../shards/shard/build-shard.js';
import { HaltFlag } from '../../../shards/wire/halt-flag.js';
import { loadScorer } from '../../../shards/wire/posted-model.js';
import { CallPacker, ReplyPacker } from '../../../shards/wire/thread-batch.js';
import { Unread } from '../../../shards/wire/unread.js';
import type { Recovery, RunData } from '../../../shards/wire/worker-data.js';
import { recover } from '../../../shards/worker/recovery.js';
import { ModelSwap } from '../../../shards/worker/model-swap.js';
import { ShardLoop } from '../../../shards/worker/shard-loop.js';
import { RecordingStore } from '../store/recording-store.js';

/** The disk of one shard, which outlives its runs. What was committed is durable once `sync` is called. */
export class InlineDisk {
  store = new RecordingStore();
  run: InlineRun | undefined;
  #durable = 0;

  /** Makes all commits durable. */
  sync(): void {
    this.#durable = this.store.batches.length;
    this.store.release();
  }

  /** The shard ends at once, and what was not durable is gone; the pool starts another. */
  async crash(): Promise<void> {
    const run = this.run;
    this.run = undefined;
    this.store = await this.store.afterCrash(this.#durable);
    run?.end(new Error('crashed'));
  }
}

/**
 * A run of a shard in this thread and in memory, with everything of a worker's but the thread, the timers and LMDB. It stands in
 * for `ThreadRun` where a test wants the real pool and a disk that it can hold back.
 */
export class InlineRun {
  /** By shard; of the test that runs. */
  static disks: readonly InlineDisk[] = [];
  readonly calls = new CallPacker();
  readonly ready: Promise<Recovery>;
  readonly exited: Promise<Error>;
  readonly thread = 1_000_000;
  #exit: (why: Error) => void = () => undefined;
  #loop: ShardLoop | undefined;
  #hasEnded = false;
  #isScheduled = false;

  constructor(data: RunData, listener: RunListener) {
    const disk = InlineRun.disks[data.shard];
    disk.run = this;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    this.ready = this.#start(data, listener, disk);
  }

  schedule(): void {
    if (this.#isScheduled || this.calls.isEmpty) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#hasEnded) this.#loop?.receive({ batch: this.calls.take(), sentUs: 0 });
    });
  }

  end(why: Error): void {
    this.#hasEnded = true;
    this.#exit(why);
  }

  async #start(data: RunData, listener: RunListener, disk: InlineDisk): Promise<Recovery> {
    const { store } = disk;
    const { model } = data;
    const sink = new ReplyPacker((batch) =>
      setImmediate(() => {
        if (!this.#hasEnded) listener.batch(batch, 0);
      }),
    );
    const built = buildShard({
      ...data,
      store,
      tag: model.tag,
      scorer: await loadScorer(model),
      vectors: model.vectors,
      stats: ThreadStats.create(),
      clock: new FakeClock(1_760_000_000_000),
      sink,
      inHand: undefined,
      fail: (error) => this.end(error as Error),
    });
    const halt = new HaltFlag(data.halt);
    const recovery = await recover(built, data.tuning.sessionGapMs, data.keepsInteractions, halt);
    disk.sync();
    store.holds = true;
    const unread = new Unread(new SharedArrayBuffer(Unread.BYTES));
    this.#loop = new ShardLoop(
      built,
      { sink, unread, halt, look: () => undefined, swap: new ModelSwap(built) },
      data,
      () => this.end(new Error('stopped')),
    );
    return recovery;
  }
}
