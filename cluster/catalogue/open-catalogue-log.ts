import { setTimeout } from 'node:timers/promises';
import { Bites } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Engine } from '../engine/engine.js';
import { tryAgain } from '../engine/try-again.js';
import { makeNatsStream, natsStream, type StreamPlan } from '../journal/nats-stream.js';
import { CatalogueLog, type LogGround } from './catalogue-log.js';

/** Servers that have just started, or lost one of them, elect their leaders. */
const PATIENCE = { forMs: 20_000, pause: (ms: number): Promise<void> => setTimeout(ms) };

/** What of a log's ground does not follow from the others. */
export type NodeGround = Omit<LogGround, 'bites' | 'pause' | 'stream'>;

/**
 * Opens the log of a cluster's catalogue, made where it is not there, and carries out all that it has. Rejects with a `StartupError` when the
 * servers do not take the stream, and as `CatalogueLog.open`.
 */
export async function openCatalogueLog(
  engine: Engine,
  plan: StreamPlan,
  ground: NodeGround,
): Promise<CatalogueLog> {
  await tryAgain(() => makeNatsStream(engine, plan), PATIENCE).catch((cause: Error) => {
    throw new StartupError(
      'cluster_streams_refused',
      `the NATS servers do not take the stream of the catalogue (${cause.message}): start servers that are down, give them more room ` +
        '(max_file_store), or look at AFTERCLICK_CLUSTER_STREAM_BYTES, which is that of the other nodes',
      { cause },
    );
  });
  const stream = await natsStream(engine, plan.name, PATIENCE.pause);
  return CatalogueLog.open({ ...ground, stream, bites: new Bites(realClock), pause: PATIENCE.pause });
}
