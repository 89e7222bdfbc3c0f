import type { REFUSED_REASONS } from '../../metrics/table.js';
import type { TurnGate } from '../../metrics/process/turn-gate.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { AddressBudget } from './address-budget.js';
import type { FrontDoor } from './front-door.js';
import type { HttpHandler } from './http-call.js';
import type { PeerAddresses } from './peer-addresses.js';

/** Why a request was not let in, or was let go half-way. */
export type RefusedReason = (typeof REFUSED_REASONS)[number];

/** What the requests and sockets of a server share. */
export interface ServerContext {
  readonly answer: HttpHandler;
  /** Body bytes that a request to this path may have. */
  readonly bodyBytesMax: (path: string) => number;
  /** True while new sockets are turned away. */
  readonly isDraining: () => boolean;
  readonly refused: (reason: RefusedReason) => void;
  readonly frontDoor: FrontDoor;
  readonly addresses: PeerAddresses;
  /** Bodies that are not answered yet, and answers that are not read yet. */
  readonly bytes: AddressBudget;
  /** Turns of requests: many may come in one read of a socket. */
  readonly turns: TurnGate;
  readonly idleTimeoutMs: number;
  readonly clock: Clock;
}
