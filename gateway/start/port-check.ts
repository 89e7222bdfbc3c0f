import { createServer } from 'node:net';
import { portInUse } from '../server/server.js';

/**
 * Listens for a moment, so that an address that is taken is found before anything is opened. Another process may still take it
 * until the gateway itself listens. Rejects with `StartupError` `port_in_use`.
 */
export function checkPort(address: { readonly host: string; readonly port: number }): Promise<void> {
  if (address.port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => reject(portInUse(address)));
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve()));
  });
}
