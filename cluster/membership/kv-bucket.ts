import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

/** A bucket that is there; undefined when there is none of that name. */
export async function knownBucket(connection: NatsConnection, name: string): Promise<KV | undefined> {
  const { Kvm } = await import('@nats-io/kv');
  const bucket = await new Kvm(connection).open(name);
  try {
    await bucket.status();
    return bucket;
  } catch (error) {
    if ((error as Error).name === 'StreamNotFoundError') return undefined;
    throw error;
  }
}

/** A bucket of a cluster, made where it is not there; `replicas` servers keep it. */
export async function openBucket(
  connection: NatsConnection,
  { name, replicas }: { readonly name: string; readonly replicas: number },
): Promise<KV> {
  const { Kvm } = await import('@nats-io/kv');
  return new Kvm(connection).create(name, { replicas, history: 1 });
}

/** The text under a key, undefined where there is none or it was taken away, and which change of the key that was; 0: there was none. */
export async function keptUnder(
  bucket: Pick<KV, 'get'>,
  key: string,
): Promise<{ readonly text: string | undefined; readonly revision: number }> {
  // What was taken away comes as an entry without a text.
  const kept = await bucket.get(key);
  return { text: kept?.operation === 'PUT' ? kept.string() : undefined, revision: kept?.revision ?? 0 };
}

/** What is kept under a key, and which change of it that was. */
export interface Kept {
  readonly key: string;
  /** 0: nothing is kept. */
  readonly revision: number;
}

/**
 * Keeps `text` unless the key has changed since. False when it has: read it again. Rejects when nobody knows whether it is kept; the same again
 * finds out.
 */
export async function putUnchanged(bucket: KV, kept: Kept, text: string): Promise<boolean> {
  return (await putAfter(bucket, kept, text)) !== undefined;
}

/** As `putUnchanged`. Resolves with the number of the change; with undefined when the key has changed since. */
export async function putAfter(
  bucket: KV,
  { key, revision }: Kept,
  text: string,
): Promise<number | undefined> {
  try {
    return await bucket.put(key, text, { previousSeq: revision });
  } catch (error) {
    // The answer may have been lost on its way.
    const kept = await keptUnder(bucket, key);
    if (kept.text === text) return kept.revision;
    if (kept.revision !== revision) return undefined;
    throw error;
  }
}
