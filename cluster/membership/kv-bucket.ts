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
