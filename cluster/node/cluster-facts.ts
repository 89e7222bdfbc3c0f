import { randomBytes } from 'node:crypto';
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
  /** Tag of the model of its first start. */
  model: z.number(),
});
export type ClusterFacts = z.infer<typeof facts>;

/** Of another version. */
const laterFacts = z.object({ version: z.number().int() }).refine(({ version }) => version !== 2);

/** Where the facts of a cluster of this name are kept, what is said of its nodes, the bundles of its models, and its snapshots. */
export function bucketsOf(
  clusterName: string,
): Readonly<Record<'facts' | 'nodes' | 'bundles' | 'snapshots', string>> {
  return {
    facts: `${clusterName}_FACTS`,
    nodes: `${clusterName}_NODES`,
    bundles: `${clusterName}_BUNDLES`,
    snapshots: `${clusterName}_SNAPSHOTS`,
  };
}

/** What nodes tell each other of themselves goes by this subject. */
export function beatsOf(clusterName: string): string {
  return `${clusterName}.beats`;
}

/** What is used of a bucket. */
export interface FactsBucket {
  get(key: string): Promise<{ readonly operation: string; string(): string } | null>;
  /** Rejects when something is kept under the key. */
  create(key: string, value: string): Promise<unknown>;
}

/** What is kept of a cluster; undefined when nothing is. Rejects with a `StartupError` when that cannot be read. */
export async function factsOf(bucket: Pick<FactsBucket, 'get'>): Promise<ClusterFacts | undefined> {
  const kept = await bucket.get(FACTS_KEY);
  return kept === null ? undefined : factsIn(kept.string());
}

function factsIn(text: string): ClusterFacts {
  const kept = facts.safeParse(jsonOf(text));
  if (kept.success) return kept.data;
  if (laterFacts.safeParse(jsonOf(text)).success)
    throw new StartupError(
      'cluster_newer',
      'what the NATS servers keep of the cluster is of another version of this program: start the version that made it',
    );
  throw damaged(FACTS_KEY, 'restore the bucket that ends with _FACTS from a backup');
}

function damaged(key: string, cure: string): StartupError {
  return new StartupError(
    'cluster_damaged',
    `what the NATS servers keep under the key ${key} is none of what nodes write there: ${cure}`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const FACTS_KEY = 'cluster';
const LINK_KEY = 'link';
const LINK_KEY_BYTES = 32;
const HEXADECIMAL = /^[\da-f]*$/;

/**
 * Agrees with the nodes that were there before on what is kept of the cluster, or says it for the first time. Resolves with the key of the links between
 * nodes. Rejects with a `StartupError` that names all that differs.
 */
export async function agreeOn(bucket: FactsBucket, own: ClusterFacts): Promise<Buffer> {
  // Facts that were taken away are not made anew: streams and journals go by them.
  const known = await factsOf(bucket);
  const found = known ?? factsIn(await keptOr(bucket, FACTS_KEY, JSON.stringify(own)));
  const problems = differences(own, found);
  if (problems.length > 0) throw new StartupError('cluster_differs', problems);
  return linkKeyIn(await keptOr(bucket, LINK_KEY, randomBytes(LINK_KEY_BYTES).toString('hex')));
}

/** A key of fewer bytes would let in whoever guesses it. */
function linkKeyIn(text: string): Buffer {
  if (text.length === 2 * LINK_KEY_BYTES && HEXADECIMAL.test(text)) return Buffer.from(text, 'hex');
  throw damaged(
    LINK_KEY,
    'stop all nodes, take the key away (nats kv del), and start them: the first one makes another',
  );
}

/** What is kept under a key; `value` when nothing was, and no other node was faster. */
async function keptOr(bucket: FactsBucket, key: string, value: string): Promise<string> {
  const before = await bucket.get(key);
  if (isKept(before)) return before.string();
  try {
    await bucket.create(key, value);
    return value;
  } catch (error) {
    const after = await bucket.get(key);
    if (!isKept(after)) throw error;
    return after.string();
  }
}

/** False for what was taken away as well. */
function isKept<T extends { readonly operation: string }>(kept: T | null): kept is T {
  return kept?.operation === 'PUT';
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
      'the bundle of this node is not the one that the cluster was made with: start it with that; the model that serves by now is fetched',
    );
  return problems;
}
