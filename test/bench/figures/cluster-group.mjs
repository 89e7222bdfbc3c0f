// Three gateways of one cluster on this machine, each with its share of a core, for rows that measure a cluster.
import { CpuQuota } from './cpu-quota.mjs';
import { PinnedGateway } from './gateway.mjs';
import { freePort, NatsGroup } from './nats-group.mjs';
import { ANY_CORE } from './pinned.mjs';

const NODES = ['a', 'b', 'c'];

/** A gateway alone, with LMDB, on `cores` of a core once `warm` is through; `measure` gets it. */
export async function withAlone(bench, { core, cores, warm }, measure) {
  const quota = CpuQuota.make(`afterclick-${process.pid}-alone`, cores);
  try {
    const gateway = await PinnedGateway.start({ ...bench, core, prefix: quota.prefix });
    try {
      await warm([gateway.url]);
      quota.begin();
      return await measure(gateway);
    } finally {
      await gateway.stop();
    }
  } finally {
    quota.end();
  }
}

/**
 * Three gateways and three NATS servers; `measure` gets `{gateways, nats, urls}`.
 *
 * @param core of all gateways; any when absent
 * @param natsCore of all NATS servers; any when absent
 * @param cores of a core for each gateway once `warm` is through; undefined: as much as there is
 * @param warm gets their urls
 */
export async function withCluster(bench, { core = ANY_CORE, natsCore = ANY_CORE, cores, warm }, measure) {
  const nats = await NatsGroup.start(bench.work, natsCore);
  const quotas =
    cores === undefined ? [] : NODES.map((node) => CpuQuota.make(`afterclick-${process.pid}-${node}`, cores));
  const gateways = [];
  try {
    // None is ready before there is a majority.
    const starting = NODES.map((node, i) => startNode(bench, nats, { node, core, quota: quotas[i] }));
    for (const { status, value } of await Promise.allSettled(starting))
      if (status === 'fulfilled') gateways.push(value);
    await Promise.all(starting);
    const urls = gateways.map(({ url }) => url);
    await warm(urls);
    for (const quota of quotas) quota.begin();
    return await measure({ gateways, nats, urls });
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await nats.stop();
    for (const quota of quotas) quota.end();
  }
}

async function startNode(bench, nats, { node, core, quota }) {
  const port = await freePort();
  return PinnedGateway.start({
    ...bench,
    core,
    prefix: quota?.prefix,
    env: {
      AFTERCLICK_PORT: String(port),
      AFTERCLICK_CLUSTER: nats.addresses.join(','),
      AFTERCLICK_CLUSTER_MONITORS: nats.monitors.join(','),
      AFTERCLICK_CLUSTER_NODE: node,
      AFTERCLICK_CLUSTER_ADDRESS: `127.0.0.1:${await freePort()}`,
      AFTERCLICK_CLUSTER_URL: `http://127.0.0.1:${port}`,
      AFTERCLICK_CLUSTER_STREAM_BYTES: String(64 * 2 ** 20),
    },
  });
}
