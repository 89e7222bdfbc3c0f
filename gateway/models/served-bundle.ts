import type { Bundle } from '../../model/bundle/bundle.js';
import { UNDIVIDED, type Bites } from '../../metrics/process/bites.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { PurchaseHead } from '../../model/intent/purchase-head.js';
import type { LearnedBlend } from '../../model/content/content-blend.js';
import { bundleFingerprint } from '../../model/bundle/model-tag.js';
import { PlacedBundle } from '../../model/bundle/placed-bundle.js';
import { createSharedVectors } from '../../model/kernel/shared-vectors.js';
import {
  neighboursModel,
  postedModelOf,
  returnHeadOf,
  type PoolStart,
  type PostedModel,
} from '../../shards/api.js';

/** A bundle made ready to be served with this catalogue; or no bundle, and neighbours serve. */
export interface ServedBundle {
  /** `null`: no bundle. */
  readonly fingerprint: string | null;
  readonly model: PostedModel;
  /** The manifest without what only a loader needs; `null` without a bundle. */
  readonly facts: object | null;
  /** Float32 [buckets]: how much each word of the bundle's items says; empty: it knows nothing of words. */
  readonly idf: Float32Array;
  /** What it learned of items that say the like, with an encoder; undefined: it was trained without. */
  readonly blend?: LearnedBlend | undefined;
  /** Says which sessions buy; undefined: it does not know. */
  readonly purchase?: PurchaseHead | undefined;
  /** Days for which it knows who does not come back, the fewest first; none: it does not know. */
  readonly returnDays: readonly number[];
  /** Items of the catalogue that it was trained on. */
  readonly known: () => number;
  /** To be told of every item that changes. */
  readonly placed: PlacedBundle | undefined;
}

/** A bundle whose vectors are still to be put in their places: `placed.place`. Changes of items count from now on. */
export function servedBundle(
  bundle: Bundle,
  catalogue: Catalogue,
  bites: Pick<Bites, 'rest'>,
): ServedBundle & { readonly placed: PlacedBundle } {
  const { width, similar } = bundle.manifest.shape;
  const shared = createSharedVectors(catalogue.shared.itemMax, width, similar);
  const placed = new PlacedBundle(bundle, catalogue, shared, (work) => void bites.rest().then(work));
  const model = postedModelOf(bundle, placed.shared);
  return {
    fingerprint: bundleFingerprint(bundle.manifest),
    model,
    facts: factsOf(bundle),
    idf: bundle.content.text?.idf ?? new Float32Array(0),
    blend: bundle.content.blend,
    purchase: bundle.purchase && new PurchaseHead(bundle.purchase),
    returnDays: returnHeadOf(model)?.days ?? [],
    known: () => placed.indexOfRow.reduce((known, index) => known + (index < 0 ? 0 : 1), 0),
    placed,
  };
}

/** What serves without a bundle. */
export function noBundle(catalogue: Catalogue): ServedBundle {
  const model = neighboursModel(catalogue.shared.itemMax);
  const idf = new Float32Array(0);
  return {
    fingerprint: null,
    model,
    facts: null,
    idf,
    returnDays: [],
    known: () => catalogue.size,
    placed: undefined,
  };
}

/** What a process serves or works with from its start on, ready: nobody waits yet, so vectors are placed without a pause. */
export async function placedAtStart(
  bundle: Bundle | undefined,
  catalogue: Catalogue,
  bites: Pick<Bites, 'rest'>,
): Promise<ServedBundle> {
  if (bundle === undefined) return noBundle(catalogue);
  const served = servedBundle(bundle, catalogue, bites);
  await served.placed.place(bundle, UNDIVIDED);
  return served;
}

/** What shards start with: the model, and the sessions that the interaction graph is warmed with. */
export function startOf(
  bundle: Bundle | undefined,
  { model, placed }: ServedBundle,
): Pick<PoolStart, 'model' | 'history'> {
  if (bundle === undefined || placed === undefined) return { model };
  return { model, history: { sessions: bundle.history, indexOfRow: placed.indexOfRow } };
}

function factsOf({ manifest }: Bundle): object {
  const { name, version, createdAt, metrics, shape, training } = manifest;
  return { name, version, createdAt, metrics, shape, training };
}
