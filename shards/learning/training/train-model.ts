import type { UnwrittenBundle } from '../../../model/bundle/bundle-writer.js';
import type { ContentReader } from '../../../model/encoder/item-reader.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';
import { auc } from '../../../model/eval/measures/probability-measures.js';
import { fitPurchaseHead } from '../../../model/train/intent/fit-purchase-head.js';
import { judgePurchaseHead } from '../../../model/train/intent/judge-purchase-head.js';
import { percent, Scoreboard } from '../../../model/eval/scoreboard.js';
import { assembleBundle } from '../../../model/train/export/assemble-bundle.js';
import {
  clickCount,
  cutLast,
  type Dataset,
  type SessionRange,
  lastClickMs,
} from '../../../model/train/data/dataset.js';
import { fitRanker, type RankerLists } from '../../../model/train/ranker/fit-ranker.js';
import { TRAINING_DEFAULTS, type TrainingOptions } from '../../../model/train/training-options.js';
import type { RankerWeights } from '../../../model/train/ranker/ranker-weights.js';
import { evaluateNetwork } from '../../../model/eval/evaluate-network.js';
import { trainNetwork } from '../../../model/train/optimiser/trainer.js';
import { loadModel } from '../serving/loaded-model.js';
import { RANKER_LISTS_MAX, RankerListBuilder } from './ranker-lists.js';
import { withSearchPrior } from './search-prior.js';
import type { PlannedStage } from '../progress/training-progress.js';
import type { TrainingStages, Validate } from '../progress/training-stages.js';
import { ServingPath } from '../serving/serving-path.js';
import type { TrainedNetwork } from '../../../model/train/network/parameters.js';

/** Share of the sessions, the last ones, on which the ranker is fitted and the figures of the manifest are measured. */
export const VALIDATION_SHARE = 0.1;
/** Sessions that the serving path is driven by at a time. */
export const SIDE_BY_SIDE = 32;

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
  /** What reads the items; absent: they go by their words alone. */
  readonly reader?: ContentReader | undefined;
}

/** Clicks of the validation sessions that the network is measured on after every epoch. */
const EPOCH_CLICKS_MAX = 10_000;
/** More items than this are too many to be ranked whole after every epoch. */
const EPOCH_ITEMS_MAX = 131_072;

const LANGUAGE_MODEL = 'language model';
const FIRST_NETWORK = 'network, first 9/10';
/** Texts that are read before the training begins: most catalogues whole. */
const READ_AHEAD_MAX = 16_384;
const RANKER = 'ranker';
const LAST_NETWORK = 'network, all';

/** Sessions that the first network learns from, and those after them. */
type Split = ReturnType<typeof cutLast>;

/** What the first network is for: a ranker, undefined when there is nothing to fit one on, and the figures of the whole in percent. */
export interface RankerTraining {
  readonly ranker: RankerWeights | undefined;
  readonly metrics: Record<string, number>;
}

/** What training has given for a range of sessions. */
interface TrainedModel {
  readonly range: SessionRange;
  readonly network: TrainedNetwork;
  readonly ranker: RankerWeights | undefined;
  readonly metrics: Record<string, number>;
  /** Of work. */
  readonly seconds: number;
}

/** About how long the stages of `trainModel` take: microseconds of a learned click and of a question to the serving path. */
export function plannedStages(
  { dataset, items, recipe, reader }: ModelSources,
  range: SessionRange,
): PlannedStage[] {
  const clicks = clickCount(dataset, range);
  const epochs = recipe.options.epochs ?? TRAINING_DEFAULTS.epochs;
  const network = 40e-6 * epochs * clicks;
  const ranker = 1.5 * 450e-6 * VALIDATION_SHARE * clicks;
  return [
    ...(reader === undefined ? [] : [{ name: LANGUAGE_MODEL, seconds: 2e-3 * readItems(items).length }]),
    { name: FIRST_NETWORK, seconds: (1 - VALIDATION_SHARE) * network },
    { name: RANKER, seconds: ranker },
    { name: LAST_NETWORK, seconds: network },
  ];
}

/**
 * Trains a whole model on a range of sessions: `trainRanker`, then the network again on everything. The ranker's weights are
 * kept: a ranker has to weigh a network by how good it is on clicks that it has not seen.
 */
export async function trainModel(
  sources: ModelSources,
  range: SessionRange,
  stages: TrainingStages,
): Promise<UnwrittenBundle> {
  const { dataset, recipe } = sources;
  await readAhead(sources, stages);
  const { ranker, metrics } = await trainRanker(sources, range, stages);
  const network = await stages.network(LAST_NETWORK, (hooks) =>
    trainNetwork(dataset, range, recipe.options, hooks),
  );
  const seconds = stages.log.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return await assemble(sources, { range, network, ranker, metrics, seconds });
}

/** Items whose text is read: of a larger catalogue those that are not are read as they are needed. */
function readItems(items: readonly Item[]): readonly Item[] {
  return items.slice(0, READ_AHEAD_MAX);
}

/** Reads items before all else, and tells how long it takes: what comes after finds their vectors kept. */
async function readAhead({ items, reader }: ModelSources, stages: TrainingStages): Promise<void> {
  if (reader === undefined) return;
  await stages.value(LANGUAGE_MODEL, async (told) => {
    const vectors = await reader.vectorsOf(readItems(items), (done, of) =>
      told(done / of, `${done} of ${of} texts`),
    );
    return vectors.length;
  });
}

/** Trains the network on the first nine tenths of the sessions, and fits the ranker on how the serving path ranks the last tenth with it. */
export async function trainRanker(
  sources: ModelSources,
  range: SessionRange,
  stages: TrainingStages,
): Promise<RankerTraining> {
  const { dataset, recipe } = sources;
  const split = cutLast(range, VALIDATION_SHARE);
  const { train, validation } = split;
  const partial = await stages.network(
    FIRST_NETWORK,
    (hooks) => trainNetwork(dataset, train, recipe.options, hooks),
    epochFigures(dataset, validation),
  );
  return await stages.value(RANKER, async (told) => {
    const lists = await rankerLists(sources, split, partial, (share, note) => told((share * 2) / 3, note));
    const figures = await measure(sources, split, partial, lists);
    return {
      ranker: fittedRanker(lists.lists()),
      metrics: { ...figures, ...purchaseFigures(sources, split) },
    };
  });
}

/** Undefined when there is no list to fit a ranker on, as with a handful of sessions: then the network's score alone orders. */
function fittedRanker(lists: RankerLists): RankerWeights | undefined {
  return lists.target.length === 0 ? undefined : withSearchPrior(fitRanker(lists), lists);
}

/** The network alone on the first of the validation sessions; undefined where that would cost too much. */
function epochFigures(dataset: Dataset, validation: SessionRange): Validate | undefined {
  if (dataset.itemIds.length > EPOCH_ITEMS_MAX) return undefined;
  let { to } = validation;
  while (to > validation.from + 1 && clickCount(dataset, { from: validation.from, to }) > EPOCH_CLICKS_MAX)
    to--;
  const k = Math.min(20, dataset.itemIds.length);
  return (network) => evaluateNetwork(network, dataset, { from: validation.from, to }, k);
}

/** Candidates of the validation sessions as the serving path scores them with a network that has not seen them. */
async function rankerLists(
  sources: ModelSources,
  { train, validation }: Split,
  network: TrainedNetwork,
  told: (share: number, note: string) => void,
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
      scored: (question, scored) => {
        builder.add(scored, path.answer(question));
        told(++asked / questions, `${builder.count} lists`);
      },
    },
  );
  path.model.scorer.close();
  return builder;
}

/** How well the sessions before the validation part tell which of that buy; nothing where the data does not say. */
function purchaseFigures(
  { dataset, items }: ModelSources,
  { train, validation }: Split,
): Record<string, number> {
  const head = fitPurchaseHead(dataset, train, items);
  if (head === undefined) return {};
  const judged = judgePurchaseHead(head, dataset, validation, items);
  const area = auc(judged);
  return Number.isNaN(area) ? {} : { 'purchase AUC': percent(area) };
}

/** Figures on the second half of the validation sessions, with a ranker fitted on the first. */
async function measure(
  sources: ModelSources,
  { train, validation }: Split,
  network: TrainedNetwork,
  lists: RankerListBuilder,
): Promise<Record<string, number>> {
  const ranker = fittedRanker(lists.lists(0, Math.floor(lists.count / 2)));
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
  path.model.scorer.close();
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
  const trained = { range: history, network, ranker, metrics: {}, seconds: 0 };
  const model = await loadModel(await assemble(sources, trained), sources.reader);
  return new ServingPath(model, dataset, lastClickMs(dataset, history), SIDE_BY_SIDE);
}

function assemble(
  { dataset, items, recipe, reader }: ModelSources,
  { range, network, ranker, metrics, seconds }: TrainedModel,
): Promise<UnwrittenBundle> {
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
    reader,
  });
}
