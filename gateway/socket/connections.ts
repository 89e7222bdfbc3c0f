import { COUNTER, GAUGE, indexOrOther } from '../../metrics/table.js';
import type { ClientSocket } from '../server/client-socket.js';
import { Connection } from './connection.js';
import type { GatewayContext } from './gateway-context.js';
import type { Close } from '../protocol/close-codes.js';
import type { Subprotocol } from '../protocol/version.js';
import type { SocketPeer } from '../server/server.js';
import type { SlotDefinition } from '../../shards/api.js';

/** All open connections: made, counted, looked at and ended here. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  readonly accept = (socket: ClientSocket, subprotocol: Subprotocol): SocketPeer => {
    const connection = new Connection(this.#context, socket, subprotocol);
    this.#open.add(connection);
    this.#context.stats.count(COUNTER.connectionsOpened);
    return {
      receive: (frame, isBinary) => connection.receive(frame, isBinary),
      drained: () => connection.drained(),
      closed: (code) => {
        this.#open.delete(connection);
        this.#context.stats.count(indexOrOther(COUNTER.connectionsClosed, String(code)));
        connection.closed();
      },
    };
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
}
