import type { OptionValues } from '../../metrics/process/options.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Credentials, EngineSettings, SyncProof } from '../engine/engine-settings.js';
import type { HostedSnapshots, StreamNames } from '../host/host-words.js';
import { bucketsOf } from './cluster-facts.js';
import type { clusterOptions } from '../engine/cluster-options.js';

export type ClusterConfig = OptionValues<typeof clusterOptions>;

/** What of the other options a node of a cluster looks at. */
export interface LocalConfig {
  readonly itemsMax: number;
  readonly attributeColumnsMax: number;
  readonly masterKeyFile: string;
  readonly masterKeyCommand: string;
}

/**
 * How a node reaches its NATS servers. Throws a `StartupError` with all that is missing, and with what a cluster does not have yet.
 */
export function engineSettings(config: ClusterConfig & LocalConfig): EngineSettings {
  const problems = [...missing(config), ...notThere(config)];
  if (problems.length > 0) throw new StartupError('cluster_config', problems);
  return { ...serversOf(config), name: config.clusterNode, sync: syncOf(config) };
}

/** Where the NATS servers are, and what lets somebody in. */
export function serversOf(config: ClusterConfig): Omit<EngineSettings, 'name' | 'sync'> {
  const { clusterTlsCa: caFile, clusterTlsCert: certFile, clusterTlsKey: keyFile } = config;
  const credentials = credentialsOf(config);
  return {
    servers: listOf(config.cluster),
    ...(credentials !== undefined && { credentials }),
    ...(caFile + certFile !== '' && {
      tls: {
        ...(caFile !== '' && { caFile }),
        ...(certFile !== '' && { certFile, keyFile }),
      },
    }),
  };
}

/** The stream of each partition. */
export function streamPlans(config: ClusterConfig): StreamNames[] {
  const { clusterPartitions, clusterReplicas: replicas, clusterStreamBytes: bytesMax } = config;
  return Array.from({ length: clusterPartitions }, (_, partition) => ({
    name: streamName(config, partition),
    replicas,
    bytesMax,
  }));
}

/** A snapshot comes before a stream is half full, or there is no time to make the next one. */
const STREAM_SHARE = 4;

/** Where snapshots are kept, and when they are made. `scratch` is a folder for what is on its way. */
export function snapshotSettings(config: ClusterConfig, scratch: string): HostedSnapshots {
  const { clusterName, clusterReplicas, clusterSnapshotMs, clusterSnapshotBytes, clusterStreamBytes } =
    config;
  return {
    shelf: { name: bucketsOf(clusterName).snapshots, replicas: clusterReplicas },
    pace: {
      everyMs: clusterSnapshotMs,
      bytes: Math.min(clusterSnapshotBytes, clusterStreamBytes / STREAM_SHARE),
    },
    scratch,
  };
}

/** The stream of the changes of the catalogue. */
export function cataloguePlan(config: ClusterConfig): StreamNames {
  const { clusterName, clusterReplicas: replicas, clusterStreamBytes: bytesMax } = config;
  return { name: `${clusterName}_CATALOGUE`, replicas, bytesMax };
}

export function streamName({ clusterName }: Pick<ClusterConfig, 'clusterName'>, partition: number): string {
  return `${clusterName}_P${partition}`;
}

function missing(config: ClusterConfig): string[] {
  const problems: string[] = [];
  if (config.clusterNode === '')
    problems.push('a node of a cluster needs a name that stays: give AFTERCLICK_CLUSTER_NODE');
  if (config.clusterAddress === '')
    problems.push('a node of a cluster needs an address for the others: give AFTERCLICK_CLUSTER_ADDRESS');
  if (config.clusterMonitors === '' && config.clusterSyncStated === 'no')
    problems.push(
      'nothing says that the NATS servers sync what they acknowledge: give their monitoring addresses as AFTERCLICK_CLUSTER_MONITORS, or state it with AFTERCLICK_CLUSTER_SYNC_STATED=yes',
    );
  if (config.clusterCreds !== '' && config.clusterNkey !== '')
    problems.push(
      'a node has credentials or an nkey: take AFTERCLICK_CLUSTER_CREDS or AFTERCLICK_CLUSTER_NKEY away',
    );
  if ((config.clusterTlsCert === '') !== (config.clusterTlsKey === ''))
    problems.push('AFTERCLICK_CLUSTER_TLS_CERT and AFTERCLICK_CLUSTER_TLS_KEY go together');
  return problems;
}

function notThere({ masterKeyFile, masterKeyCommand }: LocalConfig): string[] {
  const problems: string[] = [];
  if (masterKeyFile !== '' || masterKeyCommand !== '')
    problems.push(
      'a cluster does not encrypt what it keeps of users yet: start it without a master key, and have the NATS servers (jetstream { cipher, key }) and the disks of the nodes encrypt what they keep',
    );
  return problems;
}

function syncOf({ clusterMonitors, clusterSyncStated }: ClusterConfig): SyncProof {
  return clusterSyncStated === 'yes'
    ? { kind: 'stated' }
    : { kind: 'monitors', addresses: listOf(clusterMonitors) };
}

function credentialsOf({ clusterCreds, clusterNkey }: ClusterConfig): Credentials | undefined {
  if (clusterCreds !== '') return { credsFile: clusterCreds };
  return clusterNkey === '' ? undefined : { nkeyFile: clusterNkey };
}

function listOf(text: string): string[] {
  return text.split(',').map((address) => address.trim());
}
