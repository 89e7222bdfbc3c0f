import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { faultPoint } from '../../metrics/process/fault-point.js';
import { realClock } from '../../metrics/process/clock.js';
import { watchEventLoop } from '../../metrics/event-loop.js';
import { countInvariants } from '../../metrics/invariant.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { systemProblem } from '../../metrics/process/system-problem.js';
import { GAUGE } from '../../metrics/table.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { Quarantine } from '../quarantine/quarantine.js';
import { buildShard, type BuiltShard } from '../shard/build-shard.js';
import { recover } from './recovery.js';
import { loadScorer } from '../wire/posted-model.js';
import { ShardLoop } from './shard-loop.js';
import type { Damage } from '../store/damage.js';
import { unreadable } from '../store/lmdb/lmdb-environment.js';
import { openLmdbStore } from '../store/lmdb/lmdb-store.js';
import { installRing } from '../store/vault/installed-ring.js';
import { hasNamesMark, namesMark } from '../store/names-mark.js';
import { ReplyPacker } from '../wire/thread-batch.js';
import { HaltFlag } from '../wire/halt-flag.js';
import { OpenGate } from '../wire/open-gate.js';
import { InHand } from '../wire/in-hand.js';
import { Unread } from '../wire/unread.js';
import type { SetAsideNote, ThreadReport, VerifyProgress } from '../wire/shard-report.js';
import type { PostedBatch, WorkerData, WorkerMessage } from '../wire/worker-data.js';

/** How often a shard looks whether it keeps more than it should: a journal can be cut up to the last checkpoint. */
const LOOK_EVERY_CHECKPOINTS = 5;

/** How often all users are looked at for segments: days without a click count too. */
const RECHECK_SEGMENTS_MS = 900_000;

/** Thread entry of a shard: opens its store, recovers, then turns batches of calls into batches of replies. */
async function main(data: WorkerData): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('shards/worker runs as a worker thread only');
  const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const stats = ThreadStats.attach(data.stats);
  countInvariants(stats);
  watchEventLoop(stats);
  let loop: ShardLoop | undefined;
  const unread = new Unread(data.unread);
  const sink = new ReplyPacker((batch) => {
    unread.posted();
    post({ type: 'batch', batch, sentUs: realClock.nowUs(), taken: loop?.countTaken() ?? 0 }, [
      batch.words.buffer as ArrayBuffer,
    ]);
  });
  // Thrown outside of any promise, so that the thread ends with it as an uncaught error and the pool starts another.
  const fail = (error: unknown) =>
    setImmediate(() => {
      throw error;
    });
  stats.gauge(GAUGE.storeWaits, 0);
  // A start does not wait for room on the disk: it says that there is none.
  let refuse: (error: Error) => void = () => {};
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  refused.catch(() => {});
  let built: BuiltShard | undefined;
  let waitsFor: string | undefined;
  installRing(data.ring);
  const quarantine = new Quarantine(stats, realClock);
  const store = await openLmdbStore({
    folder: data.folder,
    segmentBytes: data.journalSegmentBytes,
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
  const scorer = await loadScorer(model);
  built = buildShard({
    shard,
    shards,
    tuning,
    store,
    tag: model.tag,
    scorer,
    catalogue,
    interactions,
    vectors: model.vectors,
    stats,
    clock: realClock,
    sink,
    fail,
    quarantine,
    inHand: new InHand(data.inHand),
    market: data.market,
  });
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
  const recovering = recover(built, tuning.sessionGapMs, data.keepsInteractions, halt);
  const recovery = await Promise.race([recovering, refused]).catch(async (error: unknown) => {
    // A thread that is given up ends in order: lmdb may abort the process when one ends in the middle of a write.
    if (halt.isRaised) await store.close();
    throw error;
  });
  if (!hasNamesMark(store)) store.commit(namesMark()).catch(fail);
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    for (const timer of timers) clearInterval(timer);
    port.close();
  };
  const look = () => receiveMessageOnPort(port)?.message as PostedBatch | undefined;
  loop = new ShardLoop(built, { sink, unread, halt, look }, data, end);
  const running = loop;
  port.on('message', (batch: PostedBatch) => running.receive(batch));
  timers.push(setInterval(() => running.checkpoint(), data.checkpointMs));
  timers.push(setInterval(() => running.checkpointInteractions(), data.interactionCheckpointMs));
  timers.push(setInterval(() => running.recheckSegments(), RECHECK_SEGMENTS_MS));
  running.checkpoint();
  running.beginSwap();
  running.checkpointInteractions();
  quarantine.flush();
  faultPoint('recovery.done');
  post({ type: 'ready', recovery });
  running.beginCheck((progress) => {
    verified = progress;
    report([]);
  });
  const lookMs = LOOK_EVERY_CHECKPOINTS * data.checkpointMs;
  running.beginRetention(
    { ...data.retention, lookMs },
    {
      report: (retention) => report([], { retention }),
      idle: (idle) => report([], { idle }),
      merged: (merged) => report([], { merged }),
    },
  );
}

/** Whether the journal is needed to make up for a damaged record; a user in memory is written anew instead. */
function isLost({ kind, names }: Damage, { users }: BuiltShard): boolean {
  if (kind !== 'user') return kind === 'session';
  const row = users.rowOf(names[0]);
  if (row >= 0) users.markDirty(names[0], row);
  return row < 0;
}

main(workerData as WorkerData).catch((error: unknown) => {
  if (error instanceof StartupError) {
    if (error.code === 'disk_full')
      ThreadStats.attach((workerData as WorkerData).stats).gauge(GAUGE.storeWaits, 1);
    parentPort?.postMessage({
      type: 'refused',
      code: error.code,
      problems: error.problems,
    } satisfies WorkerMessage);
    parentPort?.close();
    return;
  }
  throw error;
});
