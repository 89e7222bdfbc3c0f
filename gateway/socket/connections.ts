import type { Bites } from '../../metrics/process/bites.js';
import { COUNTER, GAUGE, indexOrOther } from '../../metrics/table.js';
import type { ClientSocket } from '../server/client-socket.js';
import type { BudgetLimits } from '../admission/address-budget.js';
import { Connection } from './connection.js';
import { HeldBytes } from './held-bytes.js';
import type { ConnectionContext } from './connection-context.js';
import type { Close } from '../protocol/close-codes.js';
import type { Subprotocol } from '../protocol/version.js';
import type { SlotDefinition } from '../../shards/api.js';

/** All open connections: made, counted, looked at and ended here. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #context: ConnectionContext;
  readonly #held: HeldBytes;

  /** @param limits bounds of what all connections hold for their peers. */
  constructor(context: ConnectionContext, limits: BudgetLimits) {
    this.#context = context;
    this.#held = new HeldBytes(limits, context.ending);
  }

  /** Makes the connection of a new socket, which tells it all that happens from then on. */
  readonly accept = (socket: ClientSocket, subprotocol: Subprotocol): Connection => {
    const connection = new Connection(this.#context, socket, subprotocol, this.#closed);
    this.#open.add(connection);
    this.#context.stats.count(COUNTER.connectionsOpened);
    return connection;
  };

  /** Ends those who hold too much, looks after those who wait, and sets the gauges. */
  measure(): void {
    this.#held.look(this.#open);
    let largestBytes = 0;
    let allBytes = 0;
    for (const connection of this.#open) {
      connection.look();
      const { backlogBytes } = connection;
      largestBytes = Math.max(largestBytes, backlogBytes);
      allBytes += backlogBytes;
    }
    const { channels, clock, listed, stats } = this.#context;
    stats.gauge(GAUGE.connections, this.#open.size);
    stats.gauge(GAUGE.channels, channels.size);
    stats.gauge(GAUGE.queueOutboxMaxBytes, largestBytes);
    stats.gauge(GAUGE.socketBufferedBytes, allBytes);
    stats.gauge(GAUGE.itemsListed, listed.count(clock.nowUs()));
  }

  /** Redefines the slots whose filter is not current any more, in bites; resolves when all have been looked at. */
  async refreshFilters(
    isCurrent: (slot: SlotDefinition) => boolean,
    bites: Pick<Bites, 'isOver' | 'rest'>,
  ): Promise<void> {
    for (const connection of this.#open) {
      connection.refreshFilters(isCurrent);
      if (bites.isOver) await bites.rest();
    }
  }

  /** Tells of items that show something else by now, in bites; resolves when all connections have been looked at. */
  async tellTiles(bites: Pick<Bites, 'isOver' | 'rest'>): Promise<void> {
    for (const connection of this.#open) {
      connection.tellTiles();
      if (bites.isOver) await bites.rest();
    }
  }

  /** None of them takes anything from now on; what came before goes on. */
  leaveAll(): void {
    for (const connection of this.#open) connection.leave();
  }

  /** True when all that they took in has been carried out. */
  get areSettled(): boolean {
    for (const connection of this.#open) if (!connection.isSettled) return false;
    return true;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Tells all of them `bye` and closes them, in bites; each gets the acks of what is durable first. */
  async finishAll(close: Close, bites: Pick<Bites, 'isOver' | 'rest'>): Promise<void> {
    for (const connection of this.#open) {
      connection.finish(close);
      if (bites.isOver) await bites.rest();
    }
  }

  readonly #closed = (connection: Connection, code: number): void => {
    this.#open.delete(connection);
    this.#context.stats.count(indexOrOther(COUNTER.connectionsClosed, String(code)));
  };
}
