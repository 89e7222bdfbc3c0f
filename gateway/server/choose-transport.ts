import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { NodeTransport } from './node/node-transport.js';
import type { Transport, TransportName } from './transport/transport.js';
import { UwsTransport } from './uws/uws-transport.js';
import { loadUws, type Uws } from './uws/uws.js';

/** What the transport option may be: one of them, or whichever is the fastest that runs here. */
export type TransportChoice = TransportName | 'auto';

/**
 * The transport to serve by. `auto` takes `ws` where the addon of uWebSockets.js does not load, and says so once.
 * Throws `StartupError` `uws_missing` where that addon is asked for and does not load.
 */
export function chooseTransport(
  choice: TransportChoice,
  log: Pick<Log, 'warn'>,
  load: () => Uws = loadUws,
): Transport {
  if (choice === 'ws') return new NodeTransport();
  try {
    return new UwsTransport(load());
  } catch (error) {
    if (choice === 'uws' || !(error instanceof StartupError)) throw error;
    log.warn({ problem: error.message.split('\n')[0] }, WS_COST);
    return new NodeTransport();
  }
}

/** Measured with `AFTERCLICK_TRANSPORT`, both in turns in one run (docs/decisions/0002-uwebsockets-packages.md). */
const WS_COST =
  'sockets and HTTP are served by ws and node:http, for the native addon of uWebSockets.js does not load here: a click takes about as much ' +
  'of the processor, a call over HTTP about half as much again. The README says which Node has the addon where (uws_missing)';
