import type { ExpectedPort } from '../onnx/port-problems.js';
import { CODES, type ScorerShape } from './step-shape.js';

type StepShape = Pick<ScorerShape, 'neighbours' | 'width'>;

/** The inputs that a graph reads from `StepRows`. */
export function stepInputPorts({ neighbours, width }: StepShape) {
  return {
    rows: { type: 'float32', dims: ['users', 2 * neighbours, width] },
    codes: { type: 'int32', dims: ['users', neighbours, CODES.length] },
  } satisfies Record<string, ExpectedPort>;
}

/** The step's results, which go to `StepRows`. */
export function stepResultPorts({ width }: StepShape) {
  return { results: { type: 'float32', dims: ['users', 2, width] } } satisfies Record<string, ExpectedPort>;
}
