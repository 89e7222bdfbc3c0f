import { StartupError } from '../../../metrics/process/startup-error.js';
import type { BundleManifest } from '../../../model/bundle/bundle-manifest.js';
import {
  isQuestion,
  sessionCount,
  sessionsUntil,
  type Dataset,
  type SessionRange,
} from '../../../model/train/data/dataset.js';
import type { Interactions } from '../../../model/train/data/readers/interactions.js';

/** What all methods of one run are asked, and what they may know before. */
export interface Evaluation {
  readonly dataset: Dataset;
  /** What every method has learned before, and what it is asked about. */
  readonly history: SessionRange;
  readonly test: SessionRange;
  /** True: every method learns each session, or click, after it has answered for it. */
  readonly learns: boolean;
}

/**
 * The data's own protocol. Data with test instances: those, and nobody learns from them. Data with times: the sessions that
 * end after the bundle's last training event, in their order, and everybody learns as they go by. Throws `StartupError` when
 * nothing is left to ask.
 */
export function evaluationOf(
  { training }: Pick<BundleManifest, 'training'>,
  { dataset, test }: Interactions,
): Evaluation {
  const evaluation =
    test === undefined
      ? inTimeOrder(training, dataset)
      : { dataset, history: { from: 0, to: test.from }, test, learns: false };
  if (evaluation.history.to === 0) {
    throw nothingLeft(
      `${dataset.name} has no sessions up to ${lastTrained(training)}, which the bundle was trained until: the baselines would know nothing; name data that holds those sessions too`,
    );
  }
  if (questionCount(dataset, evaluation.test) > 0) return evaluation;
  throw nothingLeft(
    `${dataset.name}: none of its ${sessionCount(dataset)} sessions is left to ask about: those after ${lastTrained(training)} hold no two clicks; train with --until to hold the end of the data out`,
  );
}

/** Questions that a range holds. */
export function questionCount(dataset: Dataset, range: SessionRange): number {
  let questions = 0;
  for (let session = range.from; session < range.to; session++)
    for (let click = dataset.start[session]; click < dataset.start[session + 1]; click++)
      if (isQuestion(dataset, session, click)) questions++;
  return questions;
}

function inTimeOrder({ until, data }: BundleManifest['training'], dataset: Dataset): Evaluation {
  if (dataset.timeMs === null || until === null) {
    throw nothingLeft(
      `${dataset.name} has neither times nor test sessions, or the bundle (trained on ${data}) knows no time: nothing tells what it was not trained on`,
    );
  }
  const history = sessionsUntil(dataset, until);
  return { dataset, history, test: { from: history.to, to: sessionCount(dataset) }, learns: true };
}

function lastTrained({ until }: BundleManifest['training']): string {
  return until === null ? 'the training part' : new Date(until).toISOString();
}

function nothingLeft(problem: string): StartupError {
  return new StartupError('nothing_to_evaluate', problem);
}
