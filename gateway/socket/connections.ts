import { COUNTER, GAUGE, indexOrOther } from '../../metrics/table.js';
import type { ClientSocket } from '../server/client-socket.js';
import { Connection } from './connection.js';
import type { ConnectionContext } from './connection-context.js';
import type { Close } from '../protocol/close-codes.js';
import type { Subprotocol } from '../protocol/version.js';
import type { SlotDefinition } from '../../shards/api.js';

/** All open connections: made, counted, looked at and ended here. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #context: ConnectionContext;

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  /** Makes the connection of a new socket, which tells it all that happens from then on. */
  readonly accept = (socket: ClientSocket, subprotocol: Subprotocol): Connection => {
    const connection = new Connection(this.#context, socket, subprotocol, this.#closed);
    this.#open.add(connection);
    this.#context.stats.count(COUNTER.connectionsOpened);
    return connection;
  };

  /** Sets the gauges. */
  measure(): void {
    let backlogBytes = 0;
    for (const connection of this.#open) backlogBytes = Math.max(backlogBytes, connection.backlogBytes);
    const { channels, stats } = this.#context;
    stats.gauge(GAUGE.connections, this.#open.size);
    stats.gauge(GAUGE.channels, channels.size);
    stats.gauge(GAUGE.queueOutboxMaxBytes, backlogBytes);
  }

  /** Redefines the slots whose filter is not current any more. */
  refreshFilters(isCurrent: (slot: SlotDefinition) => boolean): void {
    for (const connection of this.#open) connection.refreshFilters(isCurrent);
  }

  /** Tells all of them `bye` and closes them. */
  finishAll(close: Close): void {
    for (const connection of this.#open) connection.finish(close);
  }

  readonly #closed = (connection: Connection, code: number): void => {
    this.#open.delete(connection);
    this.#context.stats.count(indexOrOther(COUNTER.connectionsClosed, String(code)));
  };
}
