import { StartupError } from '../metrics/startup-error.js';
import type { Explainer } from './explainer.js';
import { createSession, floatTensor, intTensor, type OnnxSession, type Tensors } from './onnx/session.js';
import { OnnxExplainer } from './onnx-explainer.js';
import { portProblems, type ExpectedPort } from './onnx/port-problems.js';
import { TILE, type ScoreBatch, type Scorer, type ScorerShape } from './scorer.js';

/** What of a bundle the scorer needs. */
export interface OnnxBundle {
  readonly name: string;
  readonly version: string;
  readonly shape: ScorerShape;
  /** Bytes of `step.onnx`. */
  readonly step: Uint8Array;
  /** Bytes of `explain.onnx`, if the bundle has it. */
  readonly explain?: Uint8Array | undefined;
}

type Dim = 'B' | 'M' | 'T' | number;
interface BatchPort extends ExpectedPort {
  readonly field: keyof ScoreBatch;
  readonly dims: readonly Dim[];
}

const INPUTS = (shape: ScorerShape): Record<string, BatchPort> => {
  const { width: d, neighbours: n, features: f, recents: r } = shape;
  return {
    nodes: { field: 'nodes', type: 'float32', dims: ['B', n, d] },
    states: { field: 'states', type: 'float32', dims: ['B', n, d] },
    relation: { field: 'relation', type: 'int32', dims: ['B', n] },
    gap: { field: 'gap', type: 'int32', dims: ['B', n] },
    kind: { field: 'kind', type: 'int32', dims: ['B', n] },
    age: { field: 'age', type: 'int32', dims: ['B', n] },
    slow: { field: 'slow', type: 'float32', dims: ['B', d] },
    stored: { field: 'stored', type: 'float32', dims: ['B', d] },
    fresh: { field: 'fresh', type: 'float32', dims: ['B', 1] },
    recent: { field: 'recent', type: 'float32', dims: ['B', r, d] },
    tileOwner: { field: 'tileOwner', type: 'int32', dims: ['T'] },
    vectors: { field: 'vectors', type: 'float32', dims: ['M', d] },
    features: { field: 'features', type: 'float32', dims: ['M', f] },
  };
};

const OUTPUTS = (shape: ScorerShape): Record<string, BatchPort> => ({
  state: { field: 'state', type: 'float32', dims: ['B', shape.width] },
  interest: { field: 'interest', type: 'float32', dims: ['B', shape.width] },
  attention: { field: 'attention', type: 'float32', dims: ['B', shape.neighbours] },
  network_score: { field: 'networkScore', type: 'float32', dims: ['M'] },
  cosine: { field: 'cosine', type: 'float32', dims: ['M', 2] },
  score: { field: 'score', type: 'float32', dims: ['M'] },
});

/**
 * A trained bundle on ONNX Runtime: one run per batch. Tensors wrap the batch's buffers without a copy; outputs are
 * written into the batch. Belongs to the thread that made it.
 */
export class OnnxScorer implements Scorer {
  readonly name: string;
  readonly shape: ScorerShape;
  readonly wantsNeighbours = false;
  readonly explainer?: Explainer;
  readonly #session: OnnxSession;
  readonly #inputs: readonly (readonly [string, BatchPort])[];
  readonly #outputs: readonly (readonly [string, BatchPort])[];

  private constructor(
    name: string,
    shape: ScorerShape,
    session: OnnxSession,
    explainer: Explainer | undefined,
  ) {
    if (explainer) this.explainer = explainer;
    this.name = name;
    this.shape = shape;
    this.#session = session;
    this.#inputs = Object.entries(INPUTS(shape));
    this.#outputs = Object.entries(OUTPUTS(shape));
  }

  /** Loads the networks and checks its names, types and shapes. Throws one `StartupError` that lists every mismatch. */
  static async load(bundle: OnnxBundle): Promise<OnnxScorer> {
    let session: OnnxSession;
    try {
      session = await createSession(bundle.step);
    } catch (error) {
      throw new StartupError('bundle_invalid', [
        `step.onnx is not a network ONNX Runtime can load: ${(error as Error).message}`,
      ]);
    }
    const problems = [
      ...portProblems('step.onnx', 'input', INPUTS(bundle.shape), session.inputs),
      ...portProblems('step.onnx', 'output', OUTPUTS(bundle.shape), session.outputs),
    ];
    if (problems.length > 0) {
      await session.close();
      throw new StartupError('bundle_invalid', problems);
    }
    try {
      const explainer = bundle.explain && (await OnnxExplainer.load(bundle.explain, bundle.shape));
      return new OnnxScorer(`${bundle.name}@${bundle.version}`, bundle.shape, session, explainer);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async run(batch: ScoreBatch): Promise<void> {
    const feeds: Tensors = {};
    for (const [name, port] of this.#inputs) feeds[name] = tensor(batch, port);
    const fetches: Tensors = {};
    for (const [name, port] of this.#outputs) fetches[name] = tensor(batch, port);
    await this.#session.run(feeds, fetches);
  }

  async close(): Promise<void> {
    await this.explainer?.close();
    await this.#session.close();
  }
}

function tensor(batch: ScoreBatch, port: BatchPort): Tensors[string] {
  let length = 1;
  const dims: number[] = [];
  for (const dim of port.dims) {
    const size = typeof dim === 'number' ? dim : sizeOf(batch, dim);
    dims.push(size);
    length *= size;
  }
  const values = batch[port.field] as Float32Array | Int32Array;
  return port.type === 'float32'
    ? floatTensor((values as Float32Array).subarray(0, length), dims)
    : intTensor((values as Int32Array).subarray(0, length), dims);
}

function sizeOf(batch: ScoreBatch, dim: 'B' | 'M' | 'T'): number {
  if (dim === 'B') return batch.users;
  return dim === 'M' ? batch.candidates : batch.candidates / TILE;
}
