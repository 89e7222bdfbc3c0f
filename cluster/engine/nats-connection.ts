import { readFileSync } from 'node:fs';
import type { Authenticator, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Credentials, EngineSettings } from './engine-settings.js';
import { versionProblem } from './server-problems.js';

type Library = typeof import('@nats-io/transport-node');

/** A server that is frozen or cut off is left after two of these without an answer. */
const PING_MS = 1_000;
const UNANSWERED_PINGS_MAX = 2;
const CONNECT_MS = 2_000;
const RECONNECT_MS = 100;

/**
 * Connects to one of the servers; from then on the connection is made anew by itself, to any of them, until it is closed. The
 * caller closes it. Throws a `StartupError` when none answers or lets this node in, and when the one that answers is too old.
 *
 * @param beside a connection to be kept away from, when there is one by now: this one goes to another server where it can
 */
export async function connectNats(
  settings: EngineSettings,
  beside: () => NatsConnection | undefined = () => undefined,
): Promise<NatsConnection> {
  // A gateway is one file, which has all of it: only a node of a cluster loads the client.
  const library = await import('@nats-io/transport-node');
  const connection = await library.connect(optionsOf(settings, library, beside)).catch((error: unknown) => {
    throw unreachable(settings, error);
  });
  const { server_name: name = 'without a name', version = '0' } = connection.info ?? {};
  const problem = versionProblem(name, version);
  if (problem === undefined) return connection;
  await connection.close();
  throw new StartupError('cluster_engine_unfit', problem);
}

function optionsOf(
  settings: EngineSettings,
  library: Library,
  beside: () => NatsConnection | undefined,
): NodeConnectionOptions {
  const { servers, name, tls, credentials } = settings;
  return {
    servers: [...servers],
    name,
    ...(tls !== undefined && { tls: { ...tls } }),
    ...(credentials !== undefined && { authenticator: authenticatorOf(credentials, library) }),
    reconnectToServer: (pool) => {
      const other = beside()?.getServer();
      return other === undefined ? null : (pool.find(({ listen }) => listen !== other) ?? null);
    },
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: UNANSWERED_PINGS_MAX,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_MS,
    reconnectJitterTLS: RECONNECT_MS,
    ignoreAuthErrorAbort: true,
    // Two errors with their stacks made for each append, of which one in a million is thrown: 4 % of a thread that commits.
    noAsyncTraces: true,
  };
}

/** Files are read anew at each connection: credentials are changed without a restart. */
function authenticatorOf(credentials: Credentials, library: Library): Authenticator {
  return 'credsFile' in credentials
    ? library.credsAuthenticator(() => readSecret(credentials.credsFile))
    : library.nkeyAuthenticator(() => Buffer.from(readSecret(credentials.nkeyFile).toString('utf8').trim()));
}

function readSecret(file: string): Buffer {
  return readFileSync(file);
}

function unreachable({ servers }: EngineSettings, cause: unknown): StartupError {
  return new StartupError(
    'cluster_unreachable',
    `no NATS server can be used at ${servers.join(', ')}: ${(cause as Error).message}. Check the addresses, TLS and credentials, and that the servers run`,
    { cause },
  );
}
