import type { MethodBoard } from '../../../model/eval/method-board.js';

/** One method of a run: what was measured of its lists, and figures besides, such as its time. */
export interface MeasuredMethod {
  readonly name: string;
  readonly board: MethodBoard;
  readonly extra: Readonly<Record<string, number>>;
}
