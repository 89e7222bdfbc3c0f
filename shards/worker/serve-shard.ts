import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { faultPoint } from '../../metrics/process/fault-point.js';
import { realClock } from '../../metrics/process/clock.js';
import { systemProblem } from '../../metrics/process/system-problem.js';
import { GAUGE } from '../../metrics/table.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { Quarantine } from '../quarantine/quarantine.js';
import { buildShard, type BuiltShard, type SharedLearning, type ShardPlan } from '../shard/build-shard.js';
import { recover, recoverFollowing, type FollowPlan } from './recovery.js';
import { ShardLoop } from './shard-loop.js';
import { ModelSwap } from './model-swap.js';
import { OWN_SCORERS, type ScorerSource } from '../step/scorer-source.js';
import type { Damage } from '../store/damage.js';
import { unreadable } from '../store/lmdb/commits/lmdb-environment.js';
import { openLmdbStore, type LmdbStoreOptions } from '../store/lmdb/lmdb-store.js';
import { hasNamesMark, namesMark } from '../store/names-mark.js';
import { ReplyPacker } from '../wire/thread-batch.js';
import { HaltFlag } from '../wire/halt-flag.js';
import { OpenGate } from '../wire/open-gate.js';
import { InHand } from '../wire/in-hand.js';
import { Unread } from '../wire/unread.js';
import type { SetAsideNote, ThreadReport, VerifyProgress } from '../wire/shard-report.js';
import type { PostedBatch, Recovery, WorkerData, WorkerMessage } from '../wire/worker-data.js';
import { returnHeadOf } from '../wire/posted-model.js';

/** How often a shard looks whether it keeps more than it should: a journal can be cut up to the last checkpoint. */
const LOOK_EVERY_CHECKPOINTS = 5;

/** How often all users are looked at for segments: days without a click count too. */
const RECHECK_SEGMENTS_MS = 900_000;

/** The thread that a shard is in, as the shard needs it. */
export interface ShardGround {
  /** Hears of what ends the shard; called once at least. */
  readonly fail: (error: unknown) => void;
  /** See `LmdbStoreOptions`. */
  readonly replicate?: LmdbStoreOptions['replicate'];
  /** Where others write the journal before: see `FollowPlan`. */
  readonly follow?: FollowPlan['follow'];
  /** Where several shards of the thread have one scorer; each has its own without. */
  readonly scorers?: ScorerSource;
  /** Hears of what changes the shard's model, while others write its journal. */
  readonly swapping?: (swap: ModelSwap) => void;
  /** What all shards of the thread learn into; the shard's own without. */
  readonly learning?: SharedLearning;
  /** Who has the buffers that it takes of shared memory, in place of the thread: see `roomsOf`. */
  readonly rooms?: number;
}

/** A shard that serves. */
export interface ServingShard {
  /** Ends it at once, after `fail`: nothing is written or said any more. Resolves when its store is closed. */
  abandon(): Promise<void>;
  /** See `ShardStore.copyTo`. */
  copyTo(folder: string, signal: AbortSignal): Promise<number>;
}

/** Opens a shard's store, recovers, then turns batches of calls that come on `port` into batches of replies. */
export async function serveShard(
  data: WorkerData,
  port: MessagePort,
  ground: ShardGround,
): Promise<ServingShard> {
  const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const stats = ThreadStats.attach(data.stats);
  let loop: ShardLoop | undefined;
  const unread = new Unread(data.unread);
  const sink = new ReplyPacker((batch) => {
    unread.posted();
    post({ type: 'batch', batch, sentUs: realClock.nowUs(), taken: loop?.countTaken() ?? 0 }, [
      batch.words.buffer as ArrayBuffer,
    ]);
  });
  const { fail } = ground;
  stats.gauge(GAUGE.storeWaits, 0);
  // A start does not wait for room on the disk: it says that there is none.
  let refuse: (error: Error) => void = () => {};
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  refused.catch(() => {});
  let built: BuiltShard | undefined;
  let waitsFor: string | undefined;
  const quarantine = new Quarantine(stats, realClock);
  const store = await openLmdbStore({
    folder: data.folder,
    segmentBytes: data.journalSegmentBytes,
    ...(ground.replicate !== undefined && { replicate: ground.replicate }),
    identity: { folder: data.folderId, store: `shard-${data.shard}` },
    damaged: (damage) => quarantine.take(damage, built === undefined ? undefined : isLost(damage, built)),
    onWait: (reason) => {
      waitsFor = reason && (systemProblem(reason) ?? reason.message);
      if (loop !== undefined) report([]);
      // Seen at once, so after the words are on their way.
      stats.gauge(GAUGE.storeWaits, reason === undefined ? 0 : 1);
      if (loop === undefined && reason !== undefined) refuse(unreadable(data.folder, reason));
    },
  });
  stats.gauge(GAUGE.journalEnd, store.journal.end);
  const { shard, shards, tuning, catalogue, interactions, model } = data;
  const scorers = ground.scorers ?? OWN_SCORERS;
  const scorer = await scorers.load(model);
  const plan: ShardPlan = {
    ...(ground.learning !== undefined && { learning: ground.learning }),
    shard,
    shards,
    tuning,
    store,
    tag: model.tag,
    scorer,
    catalogue,
    interactions,
    vectors: model.vectors,
    returns: returnHeadOf(model),
    stats,
    clock: realClock,
    sink,
    fail,
    quarantine,
    inHand: new InHand(data.inHand),
    ...(data.market.periodMs > 0 && { market: data.market }),
    ...(ground.rooms !== undefined && { rooms: ground.rooms }),
  };
  built = buildShard(plan);
  const swap = new ModelSwap(built, scorers, model.number);
  ground.swapping?.(swap);
  let verified: VerifyProgress = { rows: 0, bytes: 0, isDone: false };
  const report = (
    fresh: readonly SetAsideNote[],
    told?: Pick<ThreadReport, 'retention' | 'idle' | 'merged'>,
  ) =>
    post({
      type: 'report',
      report: {
        setAside: quarantine.report,
        fresh,
        verified,
        ...told,
        ...(waitsFor !== undefined && { waitsFor }),
      },
    });
  quarantine.listen((_, fresh) => report(fresh));
  if (data.warmed !== undefined) new OpenGate(data.warmed).pass();
  const halt = new HaltFlag(data.halt);
  const recovering = recovered({ built, swap, halt }, data, ground);
  const recovery = await Promise.race([recovering, refused]).catch(async (error: unknown) => {
    swap.stop();
    // A thread that is given up ends in order: lmdb may abort the process when one ends in the middle of a write. One that goes on keeps no store.
    if (halt.isRaised || ground.replicate !== undefined) await store.close();
    throw error;
  });
  if (!hasNamesMark(store)) store.commit(namesMark()).catch(fail);
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    for (const timer of timers) clearInterval(timer);
    port.close();
  };
  const look = () => receiveMessageOnPort(port)?.message as PostedBatch | undefined;
  loop = new ShardLoop(built, { sink, unread, halt, look, swap }, data, end);
  const running = loop;
  const { housekeeping } = running;
  const { checkpoints } = housekeeping;
  port.on('message', (batch: PostedBatch) => running.receive(batch));
  timers.push(setInterval(() => checkpoints.states(), data.checkpointMs));
  if (data.learnsFrom === undefined)
    timers.push(setInterval(() => checkpoints.pages(), data.interactionCheckpointMs));
  timers.push(setInterval(() => housekeeping.segments.recheck(), RECHECK_SEGMENTS_MS));
  checkpoints.states();
  housekeeping.swaps.begin();
  if (data.learnsFrom === undefined) checkpoints.pages();
  quarantine.flush();
  faultPoint('recovery.done');
  post({ type: 'ready', recovery });
  housekeeping.beginCheck((progress) => {
    verified = progress;
    report([]);
  });
  const lookMs = LOOK_EVERY_CHECKPOINTS * data.checkpointMs;
  housekeeping.beginRetention(
    { ...data.retention, lookMs },
    {
      report: (retention) => report([], { retention }),
      idle: (idle) => report([], { idle }),
      merged: (merged) => report([], { merged }),
    },
  );
  return {
    abandon: () => running.abandon(),
    copyTo: (folder, signal) => store.copyTo(folder, signal),
  };
}

function recovered(
  { built, swap, halt }: { readonly built: BuiltShard; readonly swap: ModelSwap; readonly halt: HaltFlag },
  { tuning, keepsInteractions, checkpointMs, learnsFrom = 0 }: WorkerData,
  { follow }: ShardGround,
): Promise<Recovery> {
  const { sessionGapMs } = tuning;
  if (follow === undefined) return recover(built, sessionGapMs, keepsInteractions, halt);
  const plan = { sessionGapMs, checkpointMs, halt, learnsFrom, follow, swap };
  return recoverFollowing(built, plan);
}

/** Whether the journal is needed to make up for a damaged record; a user in memory is written anew instead. */
function isLost({ kind, names }: Damage, { users }: BuiltShard): boolean {
  if (kind !== 'user') return kind === 'session';
  const row = users.rowOf(names[0]);
  if (row >= 0) users.markDirty(names[0], row);
  return row < 0;
}
