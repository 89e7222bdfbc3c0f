import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';

/** Addresses separated by commas, of which each has one of these beginnings; none at all is fine. */
function addresses(...schemes: readonly string[]): z.ZodType<string> {
  const isAddress = (text: string): boolean =>
    schemes.some((scheme) => text.startsWith(scheme) && text.length > scheme.length);
  return z
    .string()
    .refine(
      (text) => text === '' || text.split(',').every((address) => isAddress(address.trim())),
      `write ${schemes[0]}HOST:PORT, several separated by commas`,
    );
}

const HOST_AND_PORT = /^(?<host>\[[\da-fA-F:]+\]|[\w.-]+):(?<port>\d{1,5})$/;

/** Of a node of a cluster; without `cluster` the others mean nothing. */
export const clusterOptions = defineOptions({
  cluster: {
    schema: addresses('nats://', 'tls://'),
    fallback: '',
    help: 'Makes this process a node of a cluster: addresses of NATS servers with JetStream, such as nats://10.0.0.1:4222,nats://10.0.0.2:4222 (docs/CLUSTER.md). Without it the process stands alone.',
  },
  clusterNode: {
    schema: z.string().regex(/^[\w-]{0,64}$/, 'use letters, digits, - and _'),
    fallback: '',
    help: 'Name of this node, which no other has and which stays; needed in a cluster.',
  },
  clusterAddress: {
    schema: z
      .string()
      .refine((text) => text === '' || HOST_AND_PORT.test(text), 'write HOST:PORT, such as 10.0.0.1:7070'),
    fallback: '',
    help: 'Address that this node listens on for the other nodes and that they reach it by, such as 10.0.0.1:7070; needed in a cluster. The link is not encrypted.',
  },
  clusterUrl: {
    schema: addresses('http://', 'https://').refine(
      (text) => text === '' || (URL.canParse(text) && !text.includes(',')),
      'write one address, such as https://a.shop.example',
    ),
    fallback: '',
    help: 'Address at which pages reach this node itself, such as https://a.shop.example: other nodes name it to the clients of its users, who come here then. Without it they stay where they are.',
  },
  clusterMonitors: {
    schema: addresses('http://', 'https://'),
    fallback: '',
    help: 'Monitoring addresses of the NATS servers, such as http://10.0.0.1:8222, comma separated: they tell that the servers sync.',
  },
  clusterBeside: {
    schema: z.string().regex(/^[^\s,]{0,128}$/, 'write the server_name of one NATS server'),
    fallback: '',
    help: 'server_name of the NATS server on the machine of this node, which is lost together with it; by itself the one whose monitoring address has the host of clusterAddress. Leaders of the journals that this node writes are kept off it.',
  },
  clusterSyncStated: {
    schema: z.enum(['yes', 'no']),
    fallback: 'no',
    bare: 'yes',
    help: 'yes: whoever starts the node states that all NATS servers have sync_interval: always, in place of clusterMonitors.',
  },
  clusterPartitions: {
    schema: z.coerce.number().int().min(1).max(256),
    fallback: 12,
    unit: 'partitions',
    help: 'Partitions of the cluster, the same on all nodes and fixed when it is made.',
  },
  clusterReplicas: {
    schema: z.coerce.number().int().min(1).max(5),
    fallback: 3,
    unit: 'servers',
    help: 'NATS servers that keep each journal, the same on all nodes; 1 is for trying out.',
  },
  clusterStreamBytes: {
    schema: z.coerce.number().int().min(1_048_576),
    fallback: 1024 ** 3,
    unit: 'bytes',
    help: 'Room that each of the NATS servers keeps for the stream of a partition, the same on all nodes. When it is full nothing is acknowledged; snapshots make room.',
  },
  clusterSnapshotMs: {
    schema: z.coerce.number().int().min(1_000),
    fallback: 6 * 3_600_000,
    unit: 'ms',
    help: 'Age of the last snapshot of a partition at which its owner makes another one; streams are purged up to the one before. Only where something was written since.',
  },
  clusterSnapshotBytes: {
    schema: z.coerce.number().int().min(1_024),
    fallback: 128 * 1024 ** 2,
    unit: 'bytes',
    help: 'The same by what was written to its stream since; at most a quarter of clusterStreamBytes counts.',
  },
  clusterName: {
    schema: z.string().regex(/^[A-Za-z\d_-]{1,32}$/, 'use letters, digits, - and _'),
    fallback: 'AFTERCLICK',
    help: 'Begins the names of all that the NATS servers keep of the cluster: another one for each cluster on the same servers.',
  },
  clusterCreds: {
    schema: z.string(),
    fallback: '',
    help: 'Credentials file for the NATS servers.',
  },
  clusterNkey: {
    schema: z.string(),
    fallback: '',
    help: 'File with the seed of an nkey for the NATS servers, in place of a credentials file.',
  },
  clusterTlsCa: {
    schema: z.string(),
    fallback: '',
    help: 'Certificate of the authority of the NATS servers, a PEM file; default those of the system.',
  },
  clusterTlsCert: {
    schema: z.string(),
    fallback: '',
    help: 'Certificate that this node shows to the NATS servers, a PEM file.',
  },
  clusterTlsKey: {
    schema: z.string(),
    fallback: '',
    help: 'Private key of that certificate, a PEM file.',
  },
});

/** Where a page opens its socket at `clusterUrl`; '' for none. */
export function socketUrlOf(url: string): string {
  return url === '' ? '' : new URL('/v1/ws', url.replace(/^http/, 'ws')).href;
}

/** Host and port of an address that `clusterAddress` takes. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const { host = '', port = '' } = HOST_AND_PORT.exec(address)?.groups ?? {};
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
