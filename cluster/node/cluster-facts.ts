import { randomBytes } from 'node:crypto';
import type { KV } from '@nats-io/kv';
import { z } from 'zod';
import { StartupError } from '../../metrics/process/startup-error.js';

/** What all nodes of a cluster have to have, kept by the NATS servers since its first node started. */
const facts = z.object({
  version: z.literal(2),
  /** Journals are by partition. */
  partitions: z.number().int().min(1),
  /** Fingerprint of the catalogue that the changes of it begin with: journals name items by their indices. */
  catalogue: z.string(),
  /** Items that the catalogue may ever hold, and attributes: what is refused has to be the same everywhere. */
  itemsMax: z.number().int(),
  attributeColumnsMax: z.number().int(),
  /** Tag of the model that made the states. */
  model: z.number(),
});
export type ClusterFacts = z.infer<typeof facts>;

/** Where the facts of a cluster of this name are kept, what is said of its nodes, and its snapshots. */
export function bucketsOf(clusterName: string): Record<'facts' | 'nodes' | 'snapshots', string> {
  return {
    facts: `${clusterName}_FACTS`,
    nodes: `${clusterName}_NODES`,
    snapshots: `${clusterName}_SNAPSHOTS`,
  };
}

/** What nodes tell each other of themselves goes by this subject. */
export function beatsOf(clusterName: string): string {
  return `${clusterName}.beats`;
}

/** What is kept of a cluster; undefined when nothing is, or of another version. */
export async function factsOf(bucket: KV): Promise<ClusterFacts | undefined> {
  const kept = await bucket.get(FACTS_KEY);
  return kept === null ? undefined : facts.safeParse(JSON.parse(kept.string())).data;
}

const FACTS_KEY = 'cluster';
const LINK_KEY = 'link';
const LINK_KEY_BYTES = 32;

/**
 * Agrees with the nodes that were there before on what is kept of the cluster, or says it for the first time. Resolves with the key of the links between
 * nodes. Rejects with a `StartupError` that names all that differs.
 */
export async function agreeOn(bucket: KV, own: ClusterFacts): Promise<Buffer> {
  const found = facts.safeParse(JSON.parse(await keptOr(bucket, FACTS_KEY, JSON.stringify(own))));
  if (!found.success)
    throw new StartupError(
      'cluster_newer',
      'what the NATS servers keep of the cluster is of another version of this program: start the version that made it',
    );
  const problems = differences(own, found.data);
  if (problems.length > 0) throw new StartupError('cluster_differs', problems);
  return Buffer.from(await keptOr(bucket, LINK_KEY, randomBytes(LINK_KEY_BYTES).toString('hex')), 'hex');
}

/** What is kept under a key; `value` when nothing was, and no other node was faster. */
async function keptOr(bucket: KV, key: string, value: string): Promise<string> {
  const before = await bucket.get(key);
  if (before !== null) return before.string();
  try {
    await bucket.create(key, value);
    return value;
  } catch (error) {
    const after = await bucket.get(key);
    if (after === null) throw error;
    return after.string();
  }
}

const MAXIMA = [
  ['itemsMax', 'AFTERCLICK_ITEMS_MAX'],
  ['attributeColumnsMax', 'AFTERCLICK_ATTRIBUTE_COLUMNS_MAX'],
] as const;

function differences(own: ClusterFacts, kept: ClusterFacts): string[] {
  const problems: string[] = [];
  if (own.partitions !== kept.partitions)
    problems.push(
      `the cluster has ${kept.partitions} partitions, and AFTERCLICK_CLUSTER_PARTITIONS says ${own.partitions}: their number is fixed when a cluster is made`,
    );
  for (const [name, option] of MAXIMA)
    if (own[name] !== kept[name])
      problems.push(`the cluster was made with ${option}=${kept[name]}, and this node has ${own[name]}`);
  if (own.catalogue !== kept.catalogue)
    problems.push(
      'the catalogue of this node is not that of the cluster, which names items by their indices: start it on a new data folder with the bundle of the others',
    );
  if (own.model !== kept.model)
    problems.push(
      'the model of this node is not that of the cluster: start it with the bundle of the others',
    );
  return problems;
}
