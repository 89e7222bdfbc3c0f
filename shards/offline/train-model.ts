import type { BundleManifest } from '../../model/bundle-manifest.js';
import type { BundleParts } from '../../model/bundle-writer.js';
import type { Item } from '../../model/catalogue.js';
import { FEATURE_COUNT } from '../../model/features/index.js';
import type { ScorerShape } from '../../model/scorer.js';
import { Scoreboard } from '../../model/eval/scoreboard.js';
import { cutLast, itemCounts, type Dataset, type SessionRange } from '../../model/train/dataset.js';
import { exportStep } from '../../model/train/export-step.js';
import { fitRanker } from '../../model/train/fit-ranker.js';
import { packHistory } from '../../model/train/history.js';
import { TRAINING_DEFAULTS, type TrainingOptions } from '../../model/train/options.js';
import type { RankerWeights } from '../../model/train/ranker-weights.js';
import { nearestItems } from '../../model/train/similar-items.js';
import type { TrainedNetwork } from '../../model/train/trained-network.js';
import { trainNetwork } from '../../model/train/trainer.js';
import { loadModel, type ModelParts } from './loaded-model.js';
import { RankerListBuilder } from './ranker-lists.js';
import { ServingPath, sessionTimeMs } from './serving-path.js';

/** Share of the sessions, the last ones, on which the ranker is fitted and the figures of the manifest are measured. */
const VALIDATION_SHARE = 0.1;
const RANKER_LISTS_MAX = 9_000;
/** Nearest items kept per item, and clicks from which an item's vector is trusted with neighbours. */
const SIMILAR = 32;
const SIMILAR_CLICKS_MIN = 5;
const SIDE_BY_SIDE = 32;

export interface ModelRecipe {
  readonly name: string;
  readonly version: string;
  readonly options: Partial<TrainingOptions>;
  /** True when a gateway would have learned from the validation sessions as they came. */
  readonly learns: boolean;
}

/** Told what goes on: a stage's name, and how far it is (0..1). */
export type StageProgress = (stage: string, share: number, note: string) => void;

/**
 * Trains a whole model on a range of sessions. The network is trained on the first nine tenths, the ranker fitted on how
 * the serving path ranks the last tenth with it, then the network is trained again on everything and the ranker's weights
 * are kept: what a ranker may weigh is how good a network is on clicks that it has not seen.
 */
export async function trainModel(
  dataset: Dataset,
  items: readonly Item[],
  range: SessionRange,
  recipe: ModelRecipe,
  progress: StageProgress,
): Promise<BundleParts> {
  const startedMs = performance.now();
  const { train, validation } = cutLast(range, VALIDATION_SHARE);
  const told = (stage: string) => (step: number, steps: number, loss: number) => progress(stage, step / steps, `loss ${loss.toFixed(3)}`);
  const partial = await trainNetwork(dataset, train, recipe.options, told('network, first 9/10'));
  const { ranker, metrics } = await fitOn(dataset, items, train, validation, partial, recipe, progress);
  const network = await trainNetwork(dataset, range, recipe.options, told('network, all'));
  const { shape, ...parts } = modelParts(dataset, items, range, network, ranker, recipe);
  return {
    ...parts,
    width: shape.width,
    neighbours: shape.neighbours,
    recents: shape.recents,
    version: recipe.version,
    createdMs: Date.now(),
    metrics,
    training: trainingFacts(dataset, range, recipe, (performance.now() - startedMs) / 1_000),
  };
}

async function fitOn(
  dataset: Dataset,
  items: readonly Item[],
  train: SessionRange,
  validation: SessionRange,
  network: TrainedNetwork,
  recipe: ModelRecipe,
  progress: StageProgress,
): Promise<{ ranker: RankerWeights; metrics: Record<string, number> }> {
  const plain = modelParts(dataset, items, train, network, undefined, recipe);
  const path = await servingPath(dataset, plain, train);
  const questions = dataset.start[validation.to] - dataset.start[validation.from] - (validation.to - validation.from);
  const builder = new RankerListBuilder(RANKER_LISTS_MAX, questions);
  let asked = 0;
  await path.drive(validation, { learns: recipe.learns, k: 20, sideBySide: SIDE_BY_SIDE }, {
    scored: (question, row, batch) => {
      builder.add(row, batch, path.model.indexOfRow[dataset.item[question.click + 1]]);
      progress('ranker lists', ++asked / questions, `${builder.count} lists`);
    },
  });
  await path.model.scorer.close();
  const half = Math.floor(builder.count / 2);
  const metrics = await measure(dataset, items, train, { from: Math.floor((validation.from + validation.to) / 2), to: validation.to }, network, fitRanker(builder.lists(0, half)), recipe);
  return { ranker: fitRanker(builder.lists()), metrics };
}

/** Figures on the second half of the validation sessions, with a ranker fitted on the first. */
async function measure(
  dataset: Dataset,
  items: readonly Item[],
  train: SessionRange,
  range: SessionRange,
  network: TrainedNetwork,
  ranker: RankerWeights,
  recipe: ModelRecipe,
): Promise<Record<string, number>> {
  const path = await servingPath(dataset, modelParts(dataset, items, { from: train.from, to: range.from }, network, ranker, recipe), train);
  const board = new Scoreboard();
  await path.drive(range, { learns: recipe.learns, k: 20, sideBySide: SIDE_BY_SIDE }, {
    list: (question, list) => board.add(list, new Set([path.model.indexOfRow[dataset.item[question.click + 1]]])),
  });
  await path.model.scorer.close();
  return board.percent();
}

/** A serving path that has seen the sessions of the model's history. */
export async function servingPath(dataset: Dataset, parts: ModelParts, history: SessionRange): Promise<ServingPath> {
  return new ServingPath(await loadModel(parts), dataset, endOf(dataset, history), SIDE_BY_SIDE);
}

/** Time of the last click of a range; made up where the data has none. */
export function endOf(dataset: Dataset, range: SessionRange): number {
  if (dataset.timeMs === null) return sessionTimeMs(range.to, dataset.start.length - 1);
  return dataset.timeMs[dataset.start[range.to] - 1];
}

function modelParts(
  dataset: Dataset,
  items: readonly Item[],
  range: SessionRange,
  network: TrainedNetwork,
  ranker: RankerWeights | undefined,
  recipe: ModelRecipe,
): ModelParts {
  const { width, neighbours } = network.shape;
  const counts = itemCounts(dataset, range);
  const recents = recipe.options.recents ?? TRAINING_DEFAULTS.recents;
  const shape: ScorerShape = { width, neighbours, features: FEATURE_COUNT, recents };
  return {
    name: recipe.name,
    shape: { ...shape, similar: SIMILAR },
    step: exportStep(shape, network.parameters, ranker),
    vectors: network.vectors,
    similar: nearestItems(network.vectors, width, SIMILAR, (item) => counts[item] >= SIMILAR_CLICKS_MIN),
    items,
    history: packHistory(dataset, range),
  };
}

function trainingFacts(dataset: Dataset, range: SessionRange, recipe: ModelRecipe, seconds: number): BundleManifest['training'] {
  const options = { ...TRAINING_DEFAULTS, ...recipe.options };
  return {
    data: dataset.name,
    dataHash: dataset.hash,
    seed: options.seed,
    until: dataset.timeMs === null ? null : endOf(dataset, range),
    events: dataset.start[range.to] - dataset.start[range.from],
    sessions: range.to - range.from,
    seconds: Math.round(seconds * 10) / 10,
    options: { ...options },
  };
}
