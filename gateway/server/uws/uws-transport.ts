import type {
  SocketBehavior,
  Transport,
  TransportHandlers,
  TransportServer,
  TransportSite,
} from '../transport/transport.js';
import { AppLine } from './app-line.js';
import type { Uws, UwsApp, UwsBehavior } from './uws.js';
import { UwsListener } from './uws-listener.js';

/** uWebSockets.js: one event loop with Node's, parsing and framing in C++. Its objects are the transport's. */
export class UwsTransport implements Transport {
  readonly name = 'uws';
  /** Of lines of chunks the addon takes a LF alone for their end, where a proxy may read on. */
  readonly endsAfterChunks = true;
  readonly #uws: Uws;

  constructor(uws: Uws) {
    this.#uws = uws;
  }

  // eslint-disable-next-line typescript/require-await
  async open<T>(site: TransportSite, handlers: TransportHandlers<T>): Promise<TransportServer> {
    const apps = new AppLine(this.#uws, site.tls, (app) => serve(app, handlers));
    const listener = UwsListener.open(this.#uws, apps.next(), site, site.refused);
    return {
      listener,
      renew: () => listener.moveTo(apps.next()),
      close: () => {
        listener.stop();
        apps.close();
      },
    };
  }
}

function serve<T>(app: UwsApp, { socketPath, sockets, request }: TransportHandlers<T>): void {
  app.ws<T>(socketPath, behaviorOf(sockets));
  app.any('/*', request);
}

function behaviorOf<T>(sockets: SocketBehavior<T>): UwsBehavior<T> {
  return {
    ...sockets,
    sendPingsAutomatically: true,
    message: (socket, message, isBinary) => sockets.message(socket, new Uint8Array(message), isBinary),
  };
}
