import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { NodeTransport } from './node/node-transport.js';
import type { Transport, TransportName } from './transport/transport.js';
import { UwsTransport } from './uws/uws-transport.js';
import { HTTP_SOURCES, loadUws, type AddonSource, type Uws } from './uws/uws.js';

/** What the transport option may be: one of them, or the fastest that answers here whatever shops and proxies send. */
export type TransportChoice = TransportName | 'auto';

/**
 * The transport to serve by. `auto` takes `ws` where no addon of uWebSockets.js loads that speaks HTTP well enough, and says so once; `uws`
 * takes any that loads. Throws `StartupError` `uws_missing` where that is asked for and none does.
 */
export function chooseTransport(
  choice: TransportChoice,
  log: Pick<Log, 'warn'>,
  load: (sources?: readonly AddonSource[]) => Uws = loadUws,
): Transport {
  if (choice === 'ws') return new NodeTransport();
  try {
    return new UwsTransport(choice === 'uws' ? load() : load(HTTP_SOURCES));
  } catch (error) {
    if (choice === 'uws' || !(error instanceof StartupError)) throw error;
    log.warn({ problem: error.message.split('\n')[0] }, WS_COST);
    return new NodeTransport();
  }
}

/** Measured with `AFTERCLICK_TRANSPORT`, both in turns in one run (docs/decisions/0002-uwebsockets-packages.md). */
const WS_COST =
  'sockets and HTTP are served by ws and node:http, for no native addon of uWebSockets.js that answers all requests of shops and proxies loads ' +
  'here: a click takes some 5 % more of the processor, a call over HTTP a quarter to a half. The README says which Node has the addon ' +
  'where, and what AFTERCLICK_TRANSPORT=uws takes (uws_missing)';
