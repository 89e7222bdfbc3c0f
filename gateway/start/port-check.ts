import { createServer } from 'node:net';
import { StartupError } from '../../metrics/process/startup-error.js';
import { portInUse, type PortOption } from '../server/server.js';

/**
 * Listens for a moment, so that an address that is taken is found before anything is opened. Another process may still take it
 * until the gateway itself listens. Rejects with `StartupError` `port_in_use`, `port_forbidden`, `host_unknown`.
 */
export function checkPort(
  address: { readonly host: string; readonly port: number },
  option?: PortOption,
): Promise<void> {
  if (address.port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenProblem(address, error, option)));
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve()));
  });
}

/** What keeps a gateway from listening, by its cause. */
function listenProblem(
  address: { readonly host: string; readonly port: number },
  { code, message }: NodeJS.ErrnoException,
  option?: PortOption,
): StartupError {
  const { host, port } = address;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new StartupError(
      'host_unknown',
      `cannot listen on ${host}: no address is known for that name (${message}). Give an address of this machine with ` +
        'AFTERCLICK_HOST or --host (0.0.0.0 for all of them); names that it is asked by belong into AFTERCLICK_HOSTS',
    );
  if (code === 'EACCES')
    return new StartupError(
      'port_forbidden',
      `cannot listen on ${host}:${port}: this user may not use that port (${message}). Choose one from 1024 on with ` +
        'AFTERCLICK_PORT or --port, or give the process CAP_NET_BIND_SERVICE',
    );
  return portInUse(address, option);
}
