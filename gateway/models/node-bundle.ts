import type { Bites } from '../../metrics/process/bites.js';
import { loadBundleInThread } from '../../model/bundle/bundle-thread.js';
import type { Bundle } from '../../model/bundle/bundle.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { ClusterModel, FetchBundle, PostedModel } from '../../shards/api.js';
import type { BundleShelf, ServedRecord } from './bundle-shelf.js';
import { placedAtStart, type ServedBundle } from './served-bundle.js';

/** Folder of a bundle of the cluster: this node's own copy of it, had from the others when there is none. */
export function fetchedFolder(fingerprint: string, shelf: BundleShelf, fetch: FetchBundle): Promise<string> {
  return shelf.fill(fingerprint, (folder) => fetch(fingerprint, folder));
}

/**
 * The same, read and checked; undefined for no bundle. A copy that is not whole is had again. Rejects when it cannot be had, and with a
 * `StartupError` when what is had is not whole.
 */
export async function fetchedBundle(
  fingerprint: string | null,
  shelf: BundleShelf,
  fetch: FetchBundle,
): Promise<Bundle | undefined> {
  if (fingerprint === null) return undefined;
  const load = async (): Promise<Bundle> =>
    loadBundleInThread(await fetchedFolder(fingerprint, shelf, fetch));
  return load().catch(async () => {
    await shelf.remove(fingerprint);
    return load();
  });
}

/** Where a node's bundle is put, and what there is of it already. */
export interface NodeGround {
  readonly shelf: BundleShelf;
  readonly catalogue: Catalogue;
  readonly bites: Pick<Bites, 'rest'>;
}

/** What a node of a cluster serves with from its start on: what its cluster serves with by now, be it another bundle than that of its option. */
export class NodeBundle {
  readonly #ground: NodeGround;
  #served: ServedBundle;
  #record: ServedRecord;

  /** `served` and `record` are of the option's bundle. */
  constructor(ground: NodeGround, served: ServedBundle, record: ServedRecord) {
    this.#ground = ground;
    this.#served = served;
    this.#record = record;
  }

  get served(): ServedBundle {
    return this.#served;
  }

  get record(): ServedRecord {
    return this.#record;
  }

  /** Rejects as `fetchedBundle`. Bound once. */
  readonly make = async (model: ClusterModel, fetch: FetchBundle): Promise<PostedModel> => {
    const { shelf, catalogue, bites } = this.#ground;
    if (model.serving !== this.#served.fingerprint) {
      const bundle = await fetchedBundle(model.serving, shelf, fetch);
      this.#served = await placedAtStart(bundle, catalogue, bites);
    }
    if (typeof model.previous === 'string') await fetchedFolder(model.previous, shelf, fetch);
    this.#record = { ...this.#record, ...model };
    return this.#served.model;
  };
}
