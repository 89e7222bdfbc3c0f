import type { Explainer, InterestBatch } from './explainer.js';
import { loadNetwork, portTensor } from '../onnx/load-network.js';
import type { ExpectedPort } from '../onnx/port-problems.js';
import type { OnnxSession } from '../onnx/onnx-session.js';
import { stepInputPorts, stepResultPorts } from './step-ports.js';
import type { ScorerShape } from './step-shape.js';

const inputPorts = (shape: ScorerShape) =>
  ({
    ...stepInputPorts(shape),
    ...stepResultPorts(shape),
    spread: { type: 'float32', dims: ['users', shape.neighbours, shape.neighbours] },
  }) satisfies Record<string, ExpectedPort>;

const outputPorts = ({ width, neighbours }: ScorerShape) =>
  ({ parts: { type: 'float32', dims: ['users', neighbours + 2, width] } }) satisfies Record<
    string,
    ExpectedPort
  >;

/** The `explain.onnx` of a bundle on ONNX Runtime. Belongs to the thread that made it. */
export class OnnxExplainer implements Explainer {
  readonly #shape: ScorerShape;
  readonly #session: OnnxSession;

  private constructor(shape: ScorerShape, session: OnnxSession) {
    this.#shape = shape;
    this.#session = session;
  }

  /** Loads the graph and checks names, types and shapes. Throws a `StartupError` that lists every mismatch. */
  static async load(bytes: Uint8Array, shape: ScorerShape): Promise<OnnxExplainer> {
    return new OnnxExplainer(
      shape,
      await loadNetwork('explain.onnx', bytes, inputPorts(shape), outputPorts(shape)),
    );
  }

  run({ rows, spread, parts }: InterestBatch): void {
    const inputs = inputPorts(this.#shape);
    const { users } = rows;
    const result = this.#session.runNow({
      rows: portTensor(inputs.rows, rows.rows, users),
      codes: portTensor(inputs.codes, rows.codes, users),
      results: portTensor(inputs.results, rows.results, users),
      spread: portTensor(inputs.spread, spread, users),
    });
    parts.set(result.parts.data as Float32Array);
  }

  close(): void {
    this.#session.close();
  }
}
