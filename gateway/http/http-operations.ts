import type { MetricsRegistry } from '../../metrics/registry.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import type { Snapshots } from '../snapshots/snapshot-folder.js';

export interface HttpOperationsParts {
  readonly metrics: MetricsRegistry;
  readonly snapshots: Snapshots;
  /** `starting` until every shard answers, `draining` from the first signal on. */
  readonly phase: () => 'starting' | 'ready' | 'draining';
}

/** What those who run the gateway ask it. */
export class HttpOperations {
  readonly #parts: HttpOperationsParts;

  constructor(parts: HttpOperationsParts) {
    this.#parts = parts;
  }

  /** The process answers. */
  readonly health = (): HttpReply => jsonReply({ status: 'ok' });

  /** The gateway takes connections. */
  readonly readiness = (): HttpReply => {
    const phase = this.#parts.phase();
    return phase === 'ready'
      ? jsonReply({ status: phase })
      : problemReply('draining', `the gateway is ${phase}`, { phase });
  };

  readonly metrics = async (): Promise<HttpReply> => {
    const { metrics } = this.#parts;
    return { status: 200, contentType: metrics.contentType, body: await metrics.text() };
  };

  readonly takeSnapshot = async (): Promise<HttpReply> =>
    jsonReply({ shards: await this.#parts.snapshots.take() }, 201);

  readonly listSnapshots = async (_call: HttpCall): Promise<HttpReply> =>
    jsonReply({ snapshots: await this.#parts.snapshots.list() });
}
