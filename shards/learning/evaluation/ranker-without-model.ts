import { FEATURE_COUNT } from '../../../model/features/feature-list.js';
import { cutLast, lastClickMs } from '../../../model/train/data/dataset.js';
import { fitRanker } from '../../../model/train/ranker/fit-ranker.js';
import { packHistory } from '../../../model/train/data/history.js';
import { SCORE_COLUMNS } from '../../../model/scorer/scorer.js';
import { foldStandardisation } from '../../../model/train/ranker/ranker-weights.js';
import type { ScoredCandidates } from '../../ranking/scoring/candidate-scoring.js';
import { questionCount, type Evaluation } from './evaluation.js';
import type { LoadedModel } from '../serving/loaded-model.js';
import { RANKER_LISTS_MAX, RankerListBuilder } from '../training/ranker-lists.js';
import { SIDE_BY_SIDE, VALIDATION_SHARE } from '../training/train-model.js';
import { ServingPath } from '../serving/serving-path.js';
/** Writes another score of each scored candidate to `scores`. */
export type OtherScoring = (scored: ScoredCandidates, scores: Float32Array) => void;

/**
 * Fits the re-ranker that the trainer would fit if there were no network, as the trainer fits its own: the same features of the same candidates, without
 * the network's score and cosines. Candidates by nearest vectors stay, so what it lacks is the model's judgement alone.
 * Resolves to undefined when the end of the history holds no list with its answer.
 */
export async function rankerWithoutModel(
  model: LoadedModel,
  { dataset, history, learns }: Evaluation,
  told: (share: number) => void,
): Promise<OtherScoring | undefined> {
  const { train, validation } = cutLast(history, VALIDATION_SHARE);
  if (train.to === train.from) return undefined;
  const known = { ...model, history: packHistory(dataset, train) };
  const path = new ServingPath(known, dataset, lastClickMs(dataset, train), SIDE_BY_SIDE);
  const questions = questionCount(dataset, validation);
  const builder = new RankerListBuilder(RANKER_LISTS_MAX, questions);
  let asked = 0;
  await path.drive(
    validation,
    { learns, k: 1, sideBySide: SIDE_BY_SIDE },
    {
      scored: (question, scored) => {
        builder.add(scored, path.answer(question));
        told(++asked / questions);
      },
    },
  );
  return builder.count === 0 ? undefined : fittedScoring(builder);
}

function fittedScoring(builder: RankerListBuilder): OtherScoring {
  const lists = builder.lists();
  blankModelColumns(lists.features);
  const { weight } = foldStandardisation(fitRanker(lists));
  return ({ columns, stride, count }, scores) => {
    for (let m = 0; m < count; m++) {
      let sum = 0;
      for (let f = 0; f < FEATURE_COUNT; f++) sum += weight[f] * columns[f * stride + m];
      scores[m] = sum;
    }
  };
}

/** A column of zeros says nothing, so nothing is fitted on it. */
function blankModelColumns(features: Float32Array): void {
  const columns = FEATURE_COUNT + SCORE_COLUMNS;
  for (let at = 0; at < features.length; at += columns) features.fill(0, at + FEATURE_COUNT, at + columns);
}
