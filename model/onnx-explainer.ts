import { StartupError } from '../metrics/startup-error.js';
import { createInterestBatch, type Explainer, type InterestBatch, type LinearRanker } from './explainer.js';
import { portProblems, type ExpectedPort } from './onnx/port-problems.js';
import { createSession, floatTensor, intTensor, type OnnxSession, type Tensors } from './onnx/session.js';
import { SCORE_COLUMNS, type ScorerShape } from './scorer.js';

const FILE = 'explain.onnx';

type Ports = Readonly<Record<string, ExpectedPort>>;

const INPUTS = ({ width: d, neighbours: n }: ScorerShape) =>
  ({
    nodes: { type: 'float32', dims: ['users', n, d] },
    states: { type: 'float32', dims: ['users', n, d] },
    relation: { type: 'int32', dims: ['users', n] },
    gap: { type: 'int32', dims: ['users', n] },
    kind: { type: 'int32', dims: ['users', n] },
    age: { type: 'int32', dims: ['users', n] },
    slow: { type: 'float32', dims: ['users', d] },
    state: { type: 'float32', dims: ['users', d] },
    spread: { type: 'float32', dims: ['users', n, n] },
  }) satisfies Ports;

const OUTPUTS = ({ width, neighbours, features }: ScorerShape): Ports => ({
  parts: { type: 'float32', dims: ['users', neighbours + 2, width] },
  weight: { type: 'float32', dims: [features + SCORE_COLUMNS] },
  mean: { type: 'float32', dims: [features + SCORE_COLUMNS] },
  bias: { type: 'float32', dims: [1] },
});

/** The `explain.onnx` of a bundle on ONNX Runtime. Belongs to the thread that made it. */
export class OnnxExplainer implements Explainer {
  readonly ranker: LinearRanker;
  readonly #shape: ScorerShape;
  readonly #session: OnnxSession;

  private constructor(shape: ScorerShape, session: OnnxSession, ranker: LinearRanker) {
    this.#shape = shape;
    this.#session = session;
    this.ranker = ranker;
  }

  /** Loads the graph, checks names, types and shapes, and reads the ranker. Throws a `StartupError` that lists every mismatch. */
  static async load(bytes: Uint8Array, shape: ScorerShape): Promise<OnnxExplainer> {
    let session: OnnxSession;
    try {
      session = await createSession(bytes);
    } catch (error) {
      throw new StartupError('bundle_invalid', [
        `${FILE} is not a network ONNX Runtime can load: ${(error as Error).message}`,
      ]);
    }
    const problems = [
      ...portProblems(FILE, 'input', INPUTS(shape), session.inputs),
      ...portProblems(FILE, 'output', OUTPUTS(shape), session.outputs),
    ];
    if (problems.length > 0) {
      await session.close();
      throw new StartupError('bundle_invalid', problems);
    }
    return new OnnxExplainer(shape, session, await readRanker(session, shape));
  }

  async run(batch: InterestBatch): Promise<void> {
    const parts = tensor(batch.parts, OUTPUTS(this.#shape)['parts'], batch.users);
    await this.#session.run(feeds(this.#shape, batch), { parts });
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

/** The ranker's weights are constants of the graph. */
async function readRanker(session: OnnxSession, shape: ScorerShape): Promise<LinearRanker> {
  const batch = createInterestBatch(shape, 1);
  batch.users = 1;
  const { weight, mean, bias } = await session.run(feeds(shape, batch), ['weight', 'mean', 'bias']);
  return {
    weight: Float32Array.from(weight.data as Float32Array),
    mean: Float32Array.from(mean.data as Float32Array),
    bias: (bias.data as Float32Array)[0],
  };
}

function feeds(shape: ScorerShape, batch: InterestBatch): Tensors {
  const tensors: Tensors = {};
  const ports = INPUTS(shape);
  for (const name of Object.keys(ports) as (keyof typeof ports)[])
    tensors[name] = tensor(batch[name], ports[name], batch.users);
  return tensors;
}

function tensor(values: Float32Array | Int32Array, port: ExpectedPort, users: number): Tensors[string] {
  const dims = port.dims.map((dim) => (typeof dim === 'string' ? users : dim));
  const length = dims.reduce((product, dim) => product * dim, 1);
  return port.type === 'float32'
    ? floatTensor((values as Float32Array).subarray(0, length), dims)
    : intTensor((values as Int32Array).subarray(0, length), dims);
}
