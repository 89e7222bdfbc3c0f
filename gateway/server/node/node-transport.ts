import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { constants } from 'node:crypto';
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type ServerOptions as TlsOptions,
} from 'node:https';
import type { Socket } from 'node:net';
import type { TlsFiles } from '../../access/tls-files.js';
import { boundHandshakes } from './handshakes.js';
import { heartbeatMs } from '../transport/heartbeat-time.js';
import type { Transport, TransportHandlers, TransportServer, TransportSite } from '../transport/transport.js';
import { NodeListener } from './node-listener.js';
import { NodeRequest } from './node-request.js';
import { NodeResponse, PROGRESS_MS } from './node-response.js';
import { unreadableAnswer } from './unreadable-answer.js';
import { RequestLine } from './request-line.js';
import { SocketUpgrades } from './socket-upgrades.js';

/** Bytes of a request's head; with more it is answered with 431. */
export const HEAD_MAX_BYTES = 16 * 1024;
/** How often heads and requests that take too long are looked for. */
const LOOK_EVERY_MS = 2_000;
/** A whole request may take so long, however steadily it comes. */
const REQUEST_MS = 300_000;

/** Until whoever has to show a certificate has shown it. */
const HANDSHAKE_MS = 5_000;

const OPTIONS: ServerOptions = {
  maxHeaderSize: HEAD_MAX_BYTES,
  headersTimeout: PROGRESS_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: PROGRESS_MS,
  connectionsCheckingInterval: LOOK_EVERY_MS,
  // Who has to say for whom a request is, the gateway decides.
  requireHostHeader: false,
  noDelay: true,
};

/** `ws` and `node:http`: runs wherever Node does. */
export class NodeTransport implements Transport {
  readonly name = 'ws';
  readonly endsAfterChunks = false;

  async open<T>(site: TransportSite, handlers: TransportHandlers<T>): Promise<TransportServer> {
    const { server, renew } = makeServer(site.tls);
    const connections = connectionsOf(server, site.tls !== undefined);
    const upgrades = serve(server, handlers);
    try {
      const listener = await NodeListener.open(server, site);
      const close = (): void => {
        listener.stop();
        upgrades.stop();
        for (const connection of connections) connection.destroy();
        // Ends the timers of the server, which listens no more.
        server.close();
      };
      return { listener, renew, close };
    } catch (error) {
      upgrades.stop();
      throw isTaken(error) ? site.refused() : error;
    }
  }
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL';
}

function serve<T>(server: Server, handlers: TransportHandlers<T>): SocketUpgrades<T> {
  const noUpgrade = (): void => undefined;
  const line = new RequestLine((request, response) =>
    handlers.request(new NodeResponse(request, response, noUpgrade), new NodeRequest(request)),
  );
  const pingSec = heartbeatMs(1_000 * handlers.sockets.idleTimeout) / 1_000;
  const upgrades = new SocketUpgrades(handlers, pingSec, (stream) => void server.emit('connection', stream));
  server.on('request', (request, response) => line.enter(request, response));
  server.on('upgrade', (request, stream, head) => upgrades.take({ request, stream: stream as Socket, head }));
  server.on('connect', (_request, stream) => {
    // It is nobody's any more: an error of a caller who has gone would end the process.
    stream.on('error', () => stream.destroy());
    stream.end(unreadableAnswer('ERR_HTTP_CONNECT'));
  });
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, stream) => {
    if (stream.writable && !stream.destroyed) stream.end(unreadableAnswer(code));
    (stream as Socket).destroySoon();
  });
  return upgrades;
}

/** A server, and how it shows the certificate that stands in the files now. */
function makeServer(tls: TlsFiles | undefined): { server: Server; renew: () => boolean } {
  if (tls === undefined) return { server: createServer(OPTIONS), renew: () => true };
  const server: TlsServer = createTlsServer({ ...OPTIONS, ...secureOptions(tls) });
  if (tls.clientCa !== undefined) boundHandshakes(server);
  const renew = (): boolean => {
    try {
      server.setSecureContext(secureOptions(tls));
      // Who is connected has shown a certificate of before.
      if (tls.clientCa !== undefined) server.closeIdleConnections();
      return true;
    } catch {
      return false;
    }
  };
  return { server, renew };
}

/** What stands in the files now. Of whoever has to show a certificate no session is taken up again: its authority may have left. */
function secureOptions(tls: TlsFiles): TlsOptions {
  const shown = { cert: readFileSync(tls.cert), key: readFileSync(tls.key), minVersion: 'TLSv1.2' as const };
  if (tls.clientCa === undefined) return shown;
  const ca = readFileSync(tls.clientCa);
  return {
    ...shown,
    ca,
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: HANDSHAKE_MS,
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** The connections that are open, kept up to date. */
function connectionsOf(server: Server, isTls: boolean): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  return open;
}
