import type { MetricsRegistry } from '../../metrics/registry.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import type { FileReserve } from '../admission/file-reserve.js';
import type { DiskWatch } from '../snapshots/disk-watch.js';
import type { Snapshots } from '../snapshots/snapshot-folder.js';
import { statsOf } from './shard-stats.js';
import type { ShardPool } from '../../shards/api.js';

/** How long a shard may be down before the gateway says that it is not ready: a restart takes less. */
const DOWN_MS = 5_000;

/** What the answers are made of. */
export interface OperationsContext {
  readonly metrics: MetricsRegistry;
  readonly snapshots: Snapshots;
  readonly disk: DiskWatch;
  readonly files: Pick<FileReserve, 'problem'>;
  readonly pool: Pick<ShardPool, 'reports'>;
}

/** What those who run the gateway ask it. */
export class HttpOperations {
  readonly #metrics: MetricsRegistry;
  readonly #snapshots: Snapshots;
  readonly #isDraining: () => boolean;
  readonly #disk: DiskWatch;
  readonly #files: Pick<FileReserve, 'problem'>;
  readonly #pool: Pick<ShardPool, 'reports'>;

  /** @param isDraining true from the first signal to end on. */
  constructor(context: OperationsContext, isDraining: () => boolean) {
    this.#metrics = context.metrics;
    this.#snapshots = context.snapshots;
    this.#disk = context.disk;
    this.#files = context.files;
    this.#pool = context.pool;
    this.#isDraining = isDraining;
  }

  /** The process answers. */
  readonly health = (): HttpReply => jsonReply({ status: 'ok' });

  /** The gateway takes connections, and the disk what they send. */
  readonly readiness = (): HttpReply => {
    if (this.#isDraining()) return problemReply('draining', 'the gateway is draining', { phase: 'draining' });
    const { problem } = this.#disk;
    if (problem !== undefined)
      return problemReply(problem.code, problem.detail, { phase: 'waiting for the disk' });
    const lack = this.#files.problem;
    if (lack !== undefined) return problemReply('process_limited', lack, { phase: 'waiting for files' });
    const down = this.#pool.reports().filter(({ state, downMs }) => state === 'down' && downMs >= DOWN_MS);
    return down.length > 0 ? downReply(down.map(({ shard }) => shard)) : jsonReply({ status: 'ready' });
  };

  /** What `readiness` says. */
  get isReady(): boolean {
    return this.readiness().status === 200;
  }

  /** How the shards are, and what they have set aside. */
  readonly stats = (): HttpReply => jsonReply({ shards: this.#pool.reports().map(statsOf) });

  readonly metrics = async (): Promise<HttpReply> => ({
    status: 200,
    contentType: this.#metrics.contentType,
    body: await this.#metrics.text(),
  });

  readonly takeSnapshot = async (): Promise<HttpReply> =>
    jsonReply({ shards: await this.#snapshots.take() }, 201);

  readonly listSnapshots = async (_call: HttpCall): Promise<HttpReply> =>
    jsonReply({ snapshots: await this.#snapshots.list() });
}

function downReply(shards: readonly number[]): HttpReply {
  const which = shards.length === 1 ? `shard ${shards[0]} is` : `shards ${shards.join(', ')} are`;
  return problemReply(
    'shard_restarting',
    `${which} down and started again and again; GET /v1/stats says why`,
    {
      shards,
    },
  );
}
