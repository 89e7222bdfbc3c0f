import type { REFUSED_REASONS } from '../../metrics/rows/socket-metrics.js';
import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { AddressBudget } from '../admission/address-budget.js';
import type { OverloadGate } from '../admission/overload-gate.js';
import type { FrontDoor } from './front-door.js';
import type { HttpHandler } from './http-call.js';
import type { AddressTimes } from '../admission/address-times.js';
import type { RequestTurns } from './request-turns.js';
import type { OpenExchanges } from '../admission/open-exchanges.js';
import type { PeerRates } from '../admission/peer-rates.js';
import type { PeerAddresses } from '../admission/peer-addresses.js';

/** Why a request was not let in, or was let go half-way. */
export type RefusedReason = (typeof REFUSED_REASONS)[number];

/**
 * How far a server is with its end. `draining`: all is served, and peers are told not to come back; `leaving`: nothing that
 * changes anything is taken any more.
 */
export type ServerPhase = 'open' | 'draining' | 'leaving';

/** What the requests and sockets of a server share. */
export interface ServerContext {
  readonly answer: HttpHandler;
  /** Body bytes that a request to this path may have. */
  readonly bodyBytesMax: (path: string) => number;
  readonly phase: () => ServerPhase;
  readonly exchanges: OpenExchanges;
  readonly refused: (reason: RefusedReason) => void;
  /** Keeps new sockets out while there is too much to do for those that are open. */
  readonly overload: Pick<OverloadGate, 'isShut' | 'retryAfterSec'>;
  readonly frontDoor: FrontDoor;
  readonly addresses: PeerAddresses;
  /** Bodies that are not answered yet, and answers that are not read yet. */
  readonly bytes: AddressBudget;
  /** How much users and addresses may send. */
  readonly rates: PeerRates;
  /** Turns of requests, and what addresses make the threads do. */
  readonly turns: RequestTurns;
  readonly times: AddressTimes;
  readonly idleTimeoutMs: number;
  /** A request whose body comes in chunks is the last of its connection. */
  readonly endsAfterChunks: boolean;
  /** Names and values of what stands in the head of every answer. */
  readonly headers: readonly (readonly [string, string])[];
  /** Where a long body rests while it is put together. */
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly clock: Clock;
}
