import type { Explainer } from './explainer.js';
import { loadNetwork, portTensor } from '../onnx/load-network.js';
import type { OnnxSession, Tensors } from '../onnx/onnx-session.js';
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

/** What a run is given, and where it writes to. */
interface StepTensors {
  readonly feeds: Tensors;
  readonly fetches: Tensors;
}

/**
 * A trained bundle on ONNX Runtime: one run per step, which reads and writes the buffers of `StepRows` where they are. Belongs to the
 * thread that made it.
 */
export class OnnxScorer implements Scorer {
  readonly name: string;
  readonly shape: ScorerShape;
  readonly wantsNeighbours = false;
  readonly ranker: LinearRanker;
  readonly explainer: Explainer;
  readonly #session: OnnxSession;
  readonly #inputs: ReturnType<typeof stepInputPorts>;
  readonly #outputs: ReturnType<typeof stepResultPorts>;
  /** Tensors by number of users, over `#rows`. */
  readonly #byUsers: StepTensors[] = [];
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
    this.#outputs = stepResultPorts(shape);
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
    const { feeds, fetches } = this.#tensors(rows);
    this.#session.runNow(feeds, fetches);
  }

  close(): void {
    this.explainer.close();
    this.#session.close();
  }

  /** Tensors over the rows in use. They are made once for each number of users: that takes a tenth of the time of a step. */
  #tensors(rows: StepRows): StepTensors {
    const { users } = rows;
    if (this.#rows !== rows) this.#byUsers.length = 0;
    this.#rows = rows;
    return (this.#byUsers[users] ??= {
      feeds: {
        rows: portTensor(this.#inputs.rows, rows.rows, users),
        codes: portTensor(this.#inputs.codes, rows.codes, users),
      },
      fetches: { results: portTensor(this.#outputs.results, rows.results, users) },
    });
  }
}
