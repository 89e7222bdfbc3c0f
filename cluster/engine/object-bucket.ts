import type { ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';

/** Named bytes that the NATS servers keep. All reject when no server answers. */
export interface ObjectBucket {
  has(name: string): Promise<boolean>;
  /** Rejects when there is none of that name, or when its bytes are not those that were put. */
  get(name: string): Promise<Uint8Array>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  names(): Promise<string[]>;
  remove(name: string): Promise<void>;
}

/** A part of an object that is not stored by then is not: a server may be electing its leader. */
const PUT_MS = 15_000;
/** An object that has not come by then does not come. */
const GET_MS = 120_000;

/** A bucket of objects, made where it is not there; `replicas` servers keep it. */
export async function openObjects(
  connection: NatsConnection,
  { name, replicas }: { readonly name: string; readonly replicas: number },
): Promise<ObjectBucket> {
  return new NatsObjects(await objectStore(connection, { name, replicas }));
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

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async has(name: string): Promise<boolean> {
    const info = await this.#store.info(name);
    return info !== null && !info.deleted;
  }

  async get(name: string): Promise<Uint8Array> {
    const bytes = await soon(this.#store.getBlob(name));
    if (bytes === null) throw new Error(`the NATS servers have no ${name}`);
    return bytes;
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

async function soon<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the NATS servers gave a part of an object only')), GET_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
