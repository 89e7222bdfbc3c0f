import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { type OperatorDoorConfig, TlsFiles } from '../access/tls-files.js';
import { NodeTransport } from '../server/node/node-transport.js';
import {
  OPERATOR_PORT,
  startServer,
  type GatewayServer,
  type ServerConfig,
  type ServerHandlers,
} from '../server/server.js';

/**
 * The port of operators: the same contract over TLS, for whoever shows a certificate that one of the authorities has signed for
 * clients. It says that somebody may knock; what they may do their token says, as anywhere. It is served by `node:https`,
 * for uWebSockets.js does not tell who has shown a certificate.
 */
export class OperatorDoor {
  readonly #server: GatewayServer;
  readonly #tls: TlsFiles;

  private constructor(server: GatewayServer, tls: TlsFiles) {
    this.#server = server;
    this.#tls = tls;
  }

  /** Undefined when none is configured. Rejects with `StartupError` `tls_unusable` and `port_in_use`. */
  static async open(
    config: ServerConfig & OperatorDoorConfig,
    handlers: ServerHandlers,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ): Promise<OperatorDoor | undefined> {
    const tls = TlsFiles.ofOperators(config);
    if (tls === undefined) return undefined;
    // A browser shows a certificate by itself, so that no page of another origin may ask through it.
    const here = { ...config, port: config.operatorPort, origins: '' };
    const server = await startServer(
      { transport: new NodeTransport(), tls, portOption: OPERATOR_PORT },
      here,
      handlers,
      clock,
    );
    tls.watch(() => {
      if (server.renew())
        log.info('who comes as an operator is asked for a certificate of the renewed files');
    }, log);
    return new OperatorDoor(server, tls);
  }

  /** Listens no more; returns what is still to be answered. */
  leave(): GatewayServer[] {
    this.#server.listener.stop();
    return [this.#server];
  }

  close(): void {
    this.#tls.stop();
    this.#server.close();
  }
}
