import type { UnwrittenBundle } from '../../bundle/bundle-writer.js';
import type { Item } from '../../catalogue/shared-catalogue.js';
import { FEATURE_COUNT } from '../../features/feature-list.js';
import { clickCount, itemCounts, type Dataset, type SessionRange } from '../data/dataset.js';
import { fitContent } from '../content/fit-content.js';
import { fitPurchaseHead } from '../intent/fit-purchase-head.js';
import { fitReturnHead } from '../intent/fit-return-head.js';
import { packHistory } from '../data/history.js';
import type { ContentReader } from '../../encoder/item-reader.js';
import type { TrainingOptions } from '../training-options.js';
import type { RankerWeights } from '../ranker/ranker-weights.js';
import { nearestItems } from './similar-items.js';
import type { BundleNetworks } from '../../scorer/onnx-scorer.js';
import { exportExplain } from './export-explain.js';
import { exportRanker } from './export-ranker.js';
import { exportStep } from './export-step.js';
import type { Parameters, TrainedNetwork } from '../network/parameters.js';
import type { ScorerShape } from '../../scorer/step-shape.js';

/** Nearest items kept per item. */
const SIMILAR_COUNT = 32;
/** Clicks from which on an item's vector is good enough to be a neighbour. */
const SIMILAR_CLICKS_MIN = 5;

/** What a bundle is made of. */
export interface BundleSources {
  readonly name: string;
  readonly version: string;
  /** Epoch ms. */
  readonly createdMs: number;
  readonly dataset: Dataset;
  /** Sessions that the network was trained on; they become the bundle's history. */
  readonly range: SessionRange;
  /** What is known of each of the dataset's items, in the order of its rows. */
  readonly items: readonly Item[];
  readonly network: TrainedNetwork;
  /** Absent: the network's score alone orders. */
  readonly ranker?: RankerWeights;
  readonly options: TrainingOptions;
  /** Wall-clock seconds of the training. */
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Absent: items are placed by their words alone. */
  readonly reader?: ContentReader | undefined;
}

/** Puts a trained network and its data together as a bundle. Rejects when `items` are not the dataset's. */
export async function assembleBundle(sources: BundleSources): Promise<UnwrittenBundle> {
  const { dataset, range, network, options, items } = sources;
  if (items.length !== dataset.itemIds.length || items.some(({ id }, row) => id !== dataset.itemIds[row])) {
    throw new Error('the items of a bundle must be the rows of its dataset, in their order');
  }
  const { width, neighbours } = network.shape;
  const { recents, seed } = options;
  const counts = itemCounts(dataset, range);
  const content = await fitContent({ items, counts }, network.vectors, width, sources.reader);
  const last = dataset.start[range.to] - 1;
  return {
    name: sources.name,
    version: sources.version,
    createdMs: sources.createdMs,
    width,
    neighbours,
    recents,
    networks: exportNetworks(
      { width, neighbours, recents, features: FEATURE_COUNT },
      network.parameters,
      sources.ranker,
    ),
    vectors: network.vectors,
    similar: await nearestItems(network.vectors, width, SIMILAR_COUNT, {
      isKnown: (item) => counts[item] >= SIMILAR_CLICKS_MIN,
    }),
    items,
    history: packHistory(dataset, range),
    content: content.weights,
    purchase: fitPurchaseHead(dataset, range, items),
    returns: fitReturnHead(dataset, range),
    training: {
      data: dataset.name,
      dataHash: dataset.hash,
      seed,
      until: dataset.timeMs && last >= 0 ? dataset.timeMs[last] : null,
      events: clickCount(dataset, range),
      sessions: range.to - range.from,
      seconds: sources.seconds,
      options: { ...options },
    },
    metrics: { ...sources.metrics, ...content.metrics },
  };
}

/** The graphs of a bundle. Without a ranker the network's score alone orders. */
export function exportNetworks(
  shape: ScorerShape,
  parameters: Parameters,
  ranker?: RankerWeights,
): BundleNetworks {
  return {
    step: exportStep(shape, parameters),
    ranker: exportRanker(shape.features, ranker),
    explain: exportExplain(shape, parameters),
  };
}
