import type { ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Engine } from '../engine/engine.js';
import { ObjectReads } from './object-reads.js';

/** Named bytes that the NATS servers keep. All reject when no server answers. */
export interface ObjectBucket {
  has(name: string): Promise<boolean>;
  /** Rejects when there is none of that name. Which bytes are right is for whoever reads to say. */
  get(name: string): Promise<Uint8Array>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  names(): Promise<string[]>;
  remove(name: string): Promise<void>;
}

/** A part of an object that is not stored by then is not: a server may be electing its leader. */
const PUT_MS = 15_000;

/** A bucket of objects, made where it is not there; `replicas` servers keep it. */
export async function openObjects(
  engine: Engine,
  plan: { readonly name: string; readonly replicas: number },
  pause: (ms: number) => Promise<void>,
): Promise<ObjectBucket> {
  const store = await objectStore(engine.main, plan);
  return new NatsObjects(store, await ObjectReads.of(engine, { name: plan.name, store }, pause));
}

/** The same, as the library has it. */
export async function objectStore(
  connection: NatsConnection,
  { name, replicas }: { readonly name: string; readonly replicas: number },
): Promise<ObjectStore> {
  const { Objm, StorageType } = await import('@nats-io/obj');
  return new Objm(connection).create(name, { replicas, storage: StorageType.File });
}

class NatsObjects implements ObjectBucket {
  readonly #store: ObjectStore;
  readonly #reads: ObjectReads;

  constructor(store: ObjectStore, reads: ObjectReads) {
    this.#store = store;
    this.#reads = reads;
  }

  async has(name: string): Promise<boolean> {
    const info = await this.#store.info(name);
    return info !== null && !info.deleted;
  }

  async get(name: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.#reads.read(name)) parts.push(part);
    return Buffer.concat(parts);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#store.putBlob({ name }, bytes, { timeout: PUT_MS });
  }

  async names(): Promise<string[]> {
    return (await this.#store.list()).filter(({ deleted }) => !deleted).map(({ name }) => name);
  }

  async remove(name: string): Promise<void> {
    await this.#store.delete(name);
  }
}
