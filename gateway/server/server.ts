import { StartupError } from '../../metrics/process/startup-error.js';
import { TurnGate } from '../../metrics/process/turn-gate.js';
import type { Clock } from '../../metrics/process/clock.js';
import { AddressBudget } from '../admission/address-budget.js';
import { FrontDoor, type FrontDoorConfig } from './front-door.js';
import { HttpExchange } from './http-exchange.js';
import { MemoryWatch } from '../admission/memory-watch.js';
import { OpenExchanges } from '../admission/open-exchanges.js';
import { PeerAddresses } from '../admission/peer-addresses.js';
import { RequestTurns } from './request-turns.js';
import type { ServerContext } from './server-context.js';
import { SocketServer, type OpenSocket } from './socket-server.js';
import type { TlsConfig, TlsFiles } from '../access/tls-files.js';
import type { Transport, TransportListener } from './transport/transport.js';

/** How long requests are answered in one turn of the event loop; and those that waited in line. */
const REQUESTS_TURN_US = 200;
const REQUESTS_LINE_US = 300;

const SOCKET_PATH = '/v1/ws';

/** Where a server listens, whom it lets in, and how much they may hold. */
export interface ServerConfig extends FrontDoorConfig, TlsConfig {
  /** 0: any free port. */
  readonly port: number;
  /** A socket that is silent for so long is closed. */
  readonly idleTimeoutMs: number;
  /** Addresses and networks that are not counted by address, comma separated. */
  readonly proxies: string;
  /** Sockets, of one address and in all; 0: no bound. */
  readonly socketsPerAddressMax: number;
  readonly socketsMax: number;
  /** Bytes of requests and answers under way, of one address and in all; 0: no bound. */
  readonly peerBytesPerAddressMax: number;
  readonly peerBytesMax: number;
  /** Of the memory that the process may use; above it sockets are refused; 0: no bound. */
  readonly memoryMaxPercent: number;
}

/** Who takes what comes in. */
export interface ServerHandlers extends Pick<
  ServerContext,
  'answer' | 'bites' | 'bodyBytesMax' | 'phase' | 'rates' | 'refused' | 'times' | 'overload'
> {
  readonly openSocket: OpenSocket;
}

/** What makes connections, and the certificate that they show; without one nothing is encrypted. */
export interface ServerWays {
  readonly transport: Transport;
  readonly tls: TlsFiles | undefined;
  readonly portOption?: PortOption;
}

/** What listens, and the end of it. */
export interface GatewayServer {
  /** Where is listened; what is connected goes on whether it is or not. */
  readonly listener: TransportListener;
  /** Requests under way. */
  readonly exchanges: OpenExchanges;
  /** Shows who connects from now on the certificate that stands in the files now. */
  renew(): boolean;
  /** Takes no more, and cuts what is still open. */
  close(): void;
}

const NO_SNIFFING = ['x-content-type-options', 'nosniff'] as const;
/** A browser that was here once over TLS comes in no other way for a year. */
const TLS_ALONE = ['strict-transport-security', 'max-age=31536000; includeSubDomains'] as const;

/**
 * The gateway's side of a transport: sockets become `ClientSocket`s with a peer each, requests become `HttpCall`s with a reply
 * each. What has to be copied or decoded before a callback of the transport returns is copied or decoded in this room.
 *
 * Listens. Rejects with `StartupError` `port_in_use` when the address is taken.
 */
export async function startServer(
  { transport, tls, portOption = PUBLIC_PORT }: ServerWays,
  config: ServerConfig,
  handlers: ServerHandlers,
  clock: Clock,
): Promise<GatewayServer> {
  const context = contextOf(config, handlers, clock, {
    endsAfterChunks: transport.endsAfterChunks,
    headers: tls === undefined ? [NO_SNIFFING] : [NO_SNIFFING, TLS_ALONE],
  });
  const { host, port, socketsMax, socketsPerAddressMax } = config;
  const sockets = new SocketServer(
    context,
    new AddressBudget({ allMax: socketsMax, perAddressMax: socketsPerAddressMax }),
    new MemoryWatch(config.memoryMaxPercent, clock),
    handlers.openSocket,
  );
  try {
    const server = await transport.open(
      { host, port, tls, refused: () => portInUse(config, portOption) },
      {
        socketPath: SOCKET_PATH,
        sockets: sockets.behavior(),
        request: (response, request) => HttpExchange.serve(response, request, context),
      },
    );
    const close = onlyOnce(() => {
      sockets.stop();
      server.close();
    });
    return { listener: server.listener, exchanges: context.exchanges, renew: () => server.renew(), close };
  } catch (error) {
    sockets.stop();
    throw error;
  }
}

function contextOf(
  config: ServerConfig,
  handlers: ServerHandlers,
  clock: Clock,
  answers: Pick<ServerContext, 'endsAfterChunks' | 'headers'>,
): ServerContext {
  const { idleTimeoutMs, peerBytesMax, peerBytesPerAddressMax, proxies } = config;
  return {
    ...handlers,
    frontDoor: new FrontDoor(config),
    addresses: new PeerAddresses(proxies),
    bytes: new AddressBudget({ allMax: peerBytesMax, perAddressMax: peerBytesPerAddressMax }),
    turns: new RequestTurns(new TurnGate(clock, REQUESTS_TURN_US, REQUESTS_LINE_US), handlers.times, clock),
    exchanges: new OpenExchanges(),
    idleTimeoutMs,
    ...answers,
    clock,
  };
}

function onlyOnce(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

/** How the port of a listener is chosen. */
export interface PortOption {
  readonly names: string;
}

const PUBLIC_PORT: PortOption = { names: 'AFTERCLICK_PORT or --port (0 takes any free one)' };
export const OPERATOR_PORT: PortOption = { names: 'AFTERCLICK_OPERATOR_PORT or --operator-port' };

/** The address is taken. */
export function portInUse(
  { host, port }: Pick<ServerConfig, 'host' | 'port'>,
  option: PortOption = PUBLIC_PORT,
): StartupError {
  return new StartupError(
    'port_in_use',
    `cannot listen on ${host}:${port}: the port is in use or the address is not this machine's; ` +
      `end the other process, or choose another with ${option.names}`,
  );
}
