import type { Explainer } from './explainer.js';
import { loadNetwork, portTensor } from '../onnx/load-network.js';
import { outputsNamed, type OnnxSession, type Tensors } from '../onnx/onnx-session.js';
import { OnnxExplainer } from './onnx-explainer.js';
import { loadRanker } from './onnx-ranker.js';
import type { LinearRanker, Scorer } from './scorer.js';
import { stepInputPorts, stepResultPorts } from './step-ports.js';
import type { StepRows } from './step-rows.js';
import type { ScorerShape } from './step-shape.js';

/** The graphs of a bundle: bytes of `step.onnx`, `ranker.onnx` and `explain.onnx`. */
export interface BundleNetworks {
  readonly step: Uint8Array;
  readonly ranker: Uint8Array;
  readonly explain: Uint8Array;
}

/** What of a bundle the scorer needs. */
export interface OnnxBundle {
  readonly name: string;
  readonly version: string;
  readonly shape: ScorerShape;
  readonly networks: BundleNetworks;
}

const RESULTS = outputsNamed(['results']);

/**
 * A trained bundle on ONNX Runtime: one run per step. Tensors wrap the buffers of `StepRows` without a copy; the results are
 * copied into them. Belongs to the thread that made it.
 */
export class OnnxScorer implements Scorer {
  readonly name: string;
  readonly shape: ScorerShape;
  readonly wantsNeighbours = false;
  readonly ranker: LinearRanker;
  readonly explainer: Explainer;
  readonly #session: OnnxSession;
  readonly #inputs: ReturnType<typeof stepInputPorts>;
  /** Feeds by number of users, over `#rows`. */
  readonly #byUsers: Tensors[] = [];
  #rows: StepRows | undefined;

  private constructor(
    { name, version, shape }: OnnxBundle,
    session: OnnxSession,
    ranker: LinearRanker,
    explainer: Explainer,
  ) {
    this.name = `${name}@${version}`;
    this.shape = shape;
    this.ranker = ranker;
    this.explainer = explainer;
    this.#session = session;
    this.#inputs = stepInputPorts(shape);
  }

  /** Loads the networks and checks names, types and shapes. Throws a `StartupError` that lists every mismatch of one. */
  static async load(bundle: OnnxBundle): Promise<OnnxScorer> {
    const { shape, networks } = bundle;
    const ranker = await loadRanker(networks.ranker, shape);
    const session = await loadNetwork(
      'step.onnx',
      networks.step,
      stepInputPorts(shape),
      stepResultPorts(shape),
    );
    try {
      return new OnnxScorer(bundle, session, ranker, await OnnxExplainer.load(networks.explain, shape));
    } catch (error) {
      session.close();
      throw error;
    }
  }

  step(rows: StepRows): void {
    const { results } = this.#session.runNow(this.#feeds(rows), RESULTS);
    rows.results.set(results.data as Float32Array);
  }

  close(): void {
    this.explainer.close();
    this.#session.close();
  }

  /** Tensors over the rows in use. They are made once for each number of users: that takes a tenth of the time of a step. */
  #feeds(rows: StepRows): Tensors {
    const { users } = rows;
    if (this.#rows !== rows) this.#byUsers.length = 0;
    this.#rows = rows;
    return (this.#byUsers[users] ??= {
      rows: portTensor(this.#inputs.rows, rows.rows, users),
      codes: portTensor(this.#inputs.codes, rows.codes, users),
    });
  }
}
