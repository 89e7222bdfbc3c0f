import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

/** A bucket of a cluster, made where it is not there; `replicas` servers keep it. */
export async function openBucket(
  connection: NatsConnection,
  { name, replicas }: { readonly name: string; readonly replicas: number },
): Promise<KV> {
  const { Kvm } = await import('@nats-io/kv');
  return new Kvm(connection).create(name, { replicas, history: 1 });
}
