import { setTimeout as pause } from 'node:timers/promises';
import type { Bites } from '../metrics/process/bites.js';
import type { Clock } from '../metrics/process/clock.js';
import { CLOSES } from './protocol/close-codes.js';
import type { GatewayServer } from './server/server.js';
import type { Connections } from './socket/connections.js';
import type { ShardPool } from '../shards/api.js';

/** Who leaves, and whom they owe something. */
export interface DepartureContext {
  /** One for each port. */
  readonly servers: readonly Pick<GatewayServer, 'exchanges'>[];
  readonly connections: Pick<Connections, 'leaveAll' | 'areSettled' | 'finishAll'>;
  readonly pool: Pick<ShardPool, 'unanswered' | 'waitsForDisk'>;
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly clock: Pick<Clock, 'nowUs'>;
}

/** Pause between two looks at what is still owed. */
const LOOK_EVERY_MS = 5;

/**
 * Answers what was taken, then says `bye`. Nothing that comes in from now on is taken; events that were taken become durable
 * and are acknowledged before the `bye` of their connection, unless a full disk does not let them. Calls that have no answer
 * when the time is over get one that says so.
 *
 * @param settleMs how long all of it may take
 * @param signal aborted when it is to be over at once
 */
export async function depart(
  context: DepartureContext,
  settleMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { bites, clock, connections, pool, servers } = context;
  const untilUs = clock.nowUs() + settleMs * 1_000;
  const settled = async (isSettled: () => boolean): Promise<void> => {
    while (!isSettled() && clock.nowUs() < untilUs && !signal.aborted)
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  };
  connections.leaveAll();
  await settled(() => connections.areSettled && (pool.unanswered === 0 || pool.waitsForDisk));
  await connections.finishAll(CLOSES.goingAway, bites);
  await settled(() => servers.every(({ exchanges }) => exchanges.size === 0));
  for (const { exchanges } of servers) exchanges.giveUpAll();
}
