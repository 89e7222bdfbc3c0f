import type { BundleParts } from '../../model/bundle-writer.js';
import type { Item } from '../../model/catalogue.js';
import { Scoreboard } from '../../model/eval/scoreboard.js';
import { assembleBundle } from '../../model/train/assemble-bundle.js';
import { cutLast, type Dataset, type SessionRange } from '../../model/train/dataset.js';
import { fitRanker } from '../../model/train/fit-ranker.js';
import { TRAINING_DEFAULTS, type TrainingOptions } from '../../model/train/options.js';
import type { RankerWeights } from '../../model/train/ranker-weights.js';
import type { TrainedNetwork } from '../../model/train/trained-network.js';
import { trainNetwork } from '../../model/train/trainer.js';
import { loadModel } from './loaded-model.js';
import { RankerListBuilder } from './ranker-lists.js';
import { withSearchPrior } from './search-prior.js';
import { ServingPath, sessionTimeMs } from './serving-path.js';

/** Share of the sessions, the last ones, on which the ranker is fitted and the figures of the manifest are measured. */
const VALIDATION_SHARE = 0.1;
const RANKER_LISTS_MAX = 9_000;
const SIDE_BY_SIDE = 32;

export interface ModelRecipe {
  readonly name: string;
  readonly version: string;
  readonly options: Partial<TrainingOptions>;
  /** True when a gateway would have learned from the validation sessions as they came. */
  readonly learns: boolean;
}

/** What a model is made of: recorded sessions, what is known of their items, and how to train. */
export interface ModelSources {
  readonly dataset: Dataset;
  readonly items: readonly Item[];
  readonly recipe: ModelRecipe;
}

/** Told what goes on: a stage's name, and how far it is (0..1). */
export type StageProgress = (stage: string, share: number, note: string) => void;

/**
 * Trains a whole model on a range of sessions. The network is trained on the first nine tenths, the ranker fitted on how
 * the serving path ranks the last tenth with it, then the network is trained again on everything and the ranker's weights
 * are kept: what a ranker may weigh is how good a network is on clicks that it has not seen.
 */
export async function trainModel(
  sources: ModelSources,
  range: SessionRange,
  progress: StageProgress,
): Promise<BundleParts> {
  const { dataset, recipe } = sources;
  const startedMs = performance.now();
  const { train, validation } = cutLast(range, VALIDATION_SHARE);
  const told = (stage: string) => ({
    progress: (step: number, steps: number, loss: number) =>
      progress(stage, step / steps, `loss ${loss.toFixed(3)}`),
  });
  const partial = await trainNetwork(dataset, train, recipe.options, told('network, first 9/10'));
  const lists = await rankerLists(sources, train, validation, partial, progress);
  const metrics = await measure(sources, train, validation, partial, lists);
  const ranker = withSearchPrior(fitRanker(lists.lists()), lists.lists());
  const network = await trainNetwork(dataset, range, recipe.options, told('network, all'));
  return await assemble(sources, range, network, ranker, metrics, (performance.now() - startedMs) / 1_000);
}

/** Candidates of the validation sessions as the serving path scores them with a network that has not seen them. */
async function rankerLists(
  sources: ModelSources,
  train: SessionRange,
  validation: SessionRange,
  network: TrainedNetwork,
  progress: StageProgress,
): Promise<RankerListBuilder> {
  const { dataset, recipe } = sources;
  const path = await servingPath(sources, train, network, undefined);
  const questions =
    dataset.start[validation.to] - dataset.start[validation.from] - (validation.to - validation.from);
  const builder = new RankerListBuilder(RANKER_LISTS_MAX, questions);
  let asked = 0;
  await path.drive(
    validation,
    { learns: recipe.learns, k: 20, sideBySide: SIDE_BY_SIDE },
    {
      scored: (question, row, batch) => {
        builder.add(row, batch, path.answer(question));
        progress('ranker lists', ++asked / questions, `${builder.count} lists`);
      },
    },
  );
  await path.model.scorer.close();
  return builder;
}

/** Figures on the second half of the validation sessions, with a ranker fitted on the first. */
async function measure(
  sources: ModelSources,
  train: SessionRange,
  validation: SessionRange,
  network: TrainedNetwork,
  lists: RankerListBuilder,
): Promise<Record<string, number>> {
  const ranker = fitRanker(lists.lists(0, Math.floor(lists.count / 2)));
  const half = Math.floor((validation.from + validation.to) / 2);
  const path = await servingPath(sources, { from: train.from, to: half }, network, ranker);
  const board = new Scoreboard();
  await path.drive(
    { from: half, to: validation.to },
    { learns: sources.recipe.learns, k: 20, sideBySide: SIDE_BY_SIDE },
    {
      list: (question, list) => board.add(list, new Set([path.answer(question)])),
    },
  );
  await path.model.scorer.close();
  return board.percent();
}

/** A serving path that has seen the sessions of `history`. */
async function servingPath(
  sources: ModelSources,
  history: SessionRange,
  network: TrainedNetwork,
  ranker: RankerWeights | undefined,
): Promise<ServingPath> {
  const { dataset } = sources;
  const model = await loadModel(await assemble(sources, history, network, ranker, {}, 0));
  return new ServingPath(model, dataset, endOf(dataset, history), SIDE_BY_SIDE);
}

/** Time of the last click of a range; made up where the data has none. */
export function endOf(dataset: Dataset, range: SessionRange): number {
  if (dataset.timeMs === null) return sessionTimeMs(range.to, dataset.start.length - 1);
  return dataset.timeMs[dataset.start[range.to] - 1];
}

function assemble(
  { dataset, items, recipe }: ModelSources,
  range: SessionRange,
  network: TrainedNetwork,
  ranker: RankerWeights | undefined,
  metrics: Record<string, number>,
  seconds: number,
): Promise<BundleParts> {
  return assembleBundle({
    name: recipe.name,
    version: recipe.version,
    createdMs: Date.now(),
    dataset,
    range,
    items,
    network,
    ...(ranker !== undefined && { ranker }),
    options: { ...TRAINING_DEFAULTS, ...recipe.options },
    seconds: Math.round(seconds * 10) / 10,
    metrics,
  });
}
