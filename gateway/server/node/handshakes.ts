import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

/** Handshakes under way at once; with another one the oldest ends. */
export const HANDSHAKES_MAX = 64;

/** Bounds what connections hold that have not shown who they are. A handshake that takes too long the server ends by itself. */
export function boundHandshakes(server: TlsServer): void {
  const begun = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    begun.set(name, socket);
    socket.on('close', () => begun.delete(name));
    if (begun.size <= HANDSHAKES_MAX) return;
    const [oldest] = begun.values();
    oldest.destroy();
  });
  server.on('secureConnection', (socket: Socket) => begun.delete(nameOf(socket)));
}

/** The socket of TLS is another one than that below it; the peer is the same. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
