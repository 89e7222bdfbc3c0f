import type { PurchaseHead } from '../../model/intent/purchase-head.js';
import type { HttpProblemCode } from '../server/problem.js';
import type { Judgement } from '../../shards/api.js';

/** What a swap is asked for. */
export interface WantedModel {
  /** Folder of a bundle; `previous`: the one that served before; `none`: neighbours alone. */
  readonly bundle: string;
  /** True: taken also when it scores worse than the current one. */
  readonly force: boolean;
}

/** How the two models did on recent sessions, and what follows from it. */
export interface Comparison extends Partial<Judgement> {
  readonly marginPercent: number;
  readonly verdict: 'better_or_equal' | 'worse' | 'too_few_questions' | 'not_compared';
}

/** What became of a swap. */
export type SwapOutcome =
  | {
      readonly outcome: 'swapped' | 'unchanged';
      readonly model: string;
      readonly previous: string | null;
      readonly comparison?: Comparison;
      readonly tookMs: number;
    }
  | {
      readonly outcome: 'refused' | 'failed';
      readonly code: HttpProblemCode;
      readonly detail: string;
      readonly comparison?: Comparison;
    };

/** The model as HTTP and a watched folder ask for it. */
export interface ModelControl {
  /** What serves, what served before, and the swap under way. */
  facts(): Readonly<Record<string, unknown>>;
  /** Of the model that serves: says which sessions buy; undefined: it does not know. */
  readonly purchaseHead: PurchaseHead | undefined;
  /** Days for which it knows who does not come back, the fewest first; none: it does not know. */
  readonly returnDays: readonly number[];
  /** Never rejects. Resolves when the new model serves, or why the old one goes on. */
  swap(wanted: WantedModel): Promise<SwapOutcome>;
}
