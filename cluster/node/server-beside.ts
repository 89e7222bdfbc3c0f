import { hostAndPort } from '../engine/cluster-options.js';
import { askServer } from '../engine/server-report.js';
import type { ClusterConfig } from './node-settings.js';

type Named = Pick<ClusterConfig, 'clusterBeside' | 'clusterMonitors' | 'clusterAddress'>;

/**
 * Asks for the name of the NATS server on this node's machine: the one that is named, or else the one whose monitoring address has the
 * host of the node's own. None where several have it, as on loopback: nothing says which one goes with the node. Its name is asked for
 * until it answers.
 */
export function serverBeside(config: Named): () => Promise<string | undefined> {
  let name: string | undefined = config.clusterBeside === '' ? undefined : config.clusterBeside;
  const monitor = monitorBeside(config);
  return async () => {
    if (name === undefined && monitor !== undefined) name = (await askServer(monitor))?.name;
    return name;
  };
}

function monitorBeside({ clusterMonitors, clusterAddress }: Named): string | undefined {
  const { host } = hostAndPort(clusterAddress);
  const monitors = clusterMonitors === '' ? [] : clusterMonitors.split(',').map((one) => one.trim());
  const [first, ...others] = monitors.filter((one) => hostOf(one) === host);
  return others.length === 0 ? first : undefined;
}

function hostOf(monitor: string): string {
  return new URL(monitor).hostname.replace(/^\[|\]$/g, '');
}
