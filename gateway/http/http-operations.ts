import type { MetricsRegistry } from '../../metrics/registry.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import type { Snapshots } from '../snapshots/snapshot-folder.js';

/** What those who run the gateway ask it. */
export class HttpOperations {
  readonly #metrics: MetricsRegistry;
  readonly #snapshots: Snapshots;
  readonly #isDraining: () => boolean;

  /** @param isDraining true from the first signal to end on. */
  constructor(metrics: MetricsRegistry, snapshots: Snapshots, isDraining: () => boolean) {
    this.#metrics = metrics;
    this.#snapshots = snapshots;
    this.#isDraining = isDraining;
  }

  /** The process answers. */
  readonly health = (): HttpReply => jsonReply({ status: 'ok' });

  /** The gateway takes connections. */
  readonly readiness = (): HttpReply =>
    this.#isDraining()
      ? problemReply('draining', 'the gateway is draining', { phase: 'draining' })
      : jsonReply({ status: 'ready' });

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
