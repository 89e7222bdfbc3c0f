import type { NatsConnection } from '@nats-io/transport-node';
import { ServiceStack, type Service } from '../../metrics/process/service-stack.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { EngineSettings, SyncProof } from './engine-settings.js';
import { connectNats } from './nats-connection.js';
import { serverProblems } from './server-problems.js';
import { askServer, type ServerReport } from './server-report.js';

/** The NATS servers of a cluster, connected to and found fit. It owns both connections. */
export interface Engine extends Service {
  /** What everything goes over. */
  readonly main: NatsConnection;
  /** To another server while there is one: what `main` is not answered soon enough is asked here again. */
  readonly spare: NatsConnection;
  /** Monitoring addresses where nobody answered; those servers are not known to be fit. */
  readonly unseen: readonly string[];
  stop(): Promise<void>;
}

/**
 * Connects to the servers and looks whether they are fit: 2.12 or newer, JetStream, `sync_interval: always`. Throws a
 * `StartupError` with every problem and what to do, and leaves nothing open then.
 */
export function openEngine(settings: EngineSettings): Promise<Engine> {
  return ServiceStack.start(async (stack) => {
    const unseen = await checkServers(settings.sync);
    // Whichever is made anew keeps away from the other one: a server that is frozen takes one of them at most.
    let spare: NatsConnection | undefined;
    const main = await connectNats(settings, () => spare);
    stack.push(closing(main));
    spare = await connectNats(settings, () => main);
    stack.push(closing(spare));
    return { main, spare, unseen, stop: () => stack.stop() };
  });
}

function closing(connection: NatsConnection): Service {
  return { stop: () => connection.close() };
}

async function checkServers(sync: SyncProof): Promise<string[]> {
  if (sync.kind === 'stated') return [];
  const answers = await Promise.all(
    sync.addresses.map(async (address) => ({ address, report: await askServer(address) })),
  );
  const reports = answers.flatMap(({ report }): ServerReport[] => (report === undefined ? [] : [report]));
  const problems = serverProblems(reports);
  if (problems.length > 0) throw new StartupError('cluster_engine_unfit', problems);
  return answers.filter(({ report }) => report === undefined).map(({ address }) => address);
}
