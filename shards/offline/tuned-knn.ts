import { evaluateBaseline, learnRange } from '../../model/eval/baseline.js';
import { SessionKnn } from '../../model/eval/session-knn.js';
import type { Dataset, SessionRange } from '../../model/train/dataset.js';

/** Latest clicks that session-kNN may look at; what is best depends on the shop: baskets want few, browsing many. */
const CLICKS = [2, 5, 20, 50];
/** Sessions at the end of the history that the choice is made on. */
const CHOICE_SESSIONS = 200;

/** Session-kNN with the number of clicks that serves the end of the history best, by MRR@20; it has learned nothing yet. */
export function tunedSessionKnn(dataset: Dataset, history: SessionRange): SessionKnn {
  const border = Math.max(history.from, history.to - CHOICE_SESSIONS);
  let best = { clicks: CLICKS[0], mrr: -1 };
  for (const clicks of CLICKS) {
    const candidate = new SessionKnn(dataset, { clicks });
    learnRange(candidate, { from: history.from, to: border });
    const mrr = evaluateBaseline(candidate, dataset, { from: border, to: history.to })['mrr@20'];
    if (mrr > best.mrr) best = { clicks, mrr };
  }
  return new SessionKnn(dataset, { clicks: best.clicks });
}
