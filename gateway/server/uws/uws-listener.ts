import type { StartupError } from '../../../metrics/process/startup-error.js';
import type { ListenAddress, TransportListener } from '../transport/transport.js';
import type { Uws, UwsApp } from './uws.js';

/**
 * The addon's listen socket. It is made for the port by its number, also when any would do: only then may it be made again while connections of it
 * are open (uSockets sets SO_REUSEADDR on a named port alone).
 */
export class UwsListener implements TransportListener {
  readonly host: string;
  readonly port: number;
  readonly #uws: Uws;
  #app: UwsApp;
  #token: object | undefined;
  #isStopped = false;

  private constructor(uws: Uws, app: UwsApp, { host, port }: ListenAddress) {
    this.#uws = uws;
    this.#app = app;
    this.host = host;
    this.port = port;
  }

  /** Throws what `refused` makes when the address is taken. */
  static open(uws: Uws, app: UwsApp, address: ListenAddress, refused: () => StartupError): UwsListener {
    const port = address.port === 0 ? freePort(uws, app, address.host) : address.port;
    const listener = new UwsListener(uws, app, { host: address.host, port });
    if (port === 0 || !listener.resume()) throw refused();
    return listener;
  }

  pause(): void {
    if (this.#token !== undefined) this.#uws.us_listen_socket_close(this.#token);
    this.#token = undefined;
  }

  /** False while another process has the port. */
  resume(): boolean {
    if (!this.#isStopped) this.#token ??= listen(this.#uws, this.#app, this);
    return this.#isStopped || this.#token !== undefined;
  }

  /** Another app takes the port over; what is connected to the one before goes on. False while another process has the port. */
  moveTo(app: UwsApp): boolean {
    const isListening = this.#token !== undefined;
    this.pause();
    this.#app = app;
    return !isListening || this.resume();
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true;
    this.pause();
  }
}

/** 0 when the host is not this machine's. */
function freePort(uws: Uws, app: UwsApp, host: string): number {
  const token = listen(uws, app, { host, port: 0 });
  if (token === undefined) return 0;
  const port = uws.us_socket_local_port(token);
  uws.us_listen_socket_close(token);
  return port;
}

/** The addon says at once whether it listens. */
function listen(uws: Uws, app: UwsApp, { host, port }: ListenAddress): object | undefined {
  const tokens: object[] = [];
  app.listen(host, port, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (token) => {
    if (token !== false) tokens.push(token);
  });
  return tokens[0];
}
