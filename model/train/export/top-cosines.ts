import { GraphBuilder } from '../../onnx/graph-builder.js';
import { createSession, floatTensor, type OnnxSession } from '../../onnx/onnx-session.js';

/** `TensorProto.DataType` of int32. */
const INT32 = 6;

/** Query rows of one product: enough to read the other side seldom, few enough that the scores stay small. */
const QUERY_ROWS = 256;

/** Hears the best columns of query rows from `first` on: int32 [rows, k] places in the candidates, best first. Borrowed. */
export type TopTaker = (first: number, top: Int32Array) => void;

/**
 * The k largest dot products of query rows with candidate rows, by blocks: one matrix product and one selection in ONNX
 * Runtime each. Of equal products the earlier candidate wins, so the result depends on nothing but the rows.
 */
export class TopCosines {
  readonly #session: OnnxSession;
  readonly #width: number;

  private constructor(session: OnnxSession, width: number) {
    this.#session = session;
    this.#width = width;
  }

  /** `k` must not be above the number of candidates of any later call. */
  static async open(width: number, k: number): Promise<TopCosines> {
    const graph = new GraphBuilder('top-cosines');
    const queries = graph.input('queries', 'float32', ['rows', width]);
    const candidates = graph.input('candidates', 'float32', ['count', width]);
    const scores = graph.node('FusedMatMul', [queries, candidates], {
      attributes: { transA: 0, transB: 1, alpha: { float: 1 } },
      domain: 'com.microsoft',
    });
    const top = graph.fresh('top');
    graph.nodeWith('TopK', [scores, graph.longs([k])], [graph.fresh('best'), top]);
    graph.node('Cast', [top], { attributes: { to: INT32 } }, 'top');
    graph.output('top', 'int32', ['rows', k]);
    return new TopCosines(await createSession(graph.build()), width);
  }

  /** Goes through `queries` [rows, width] against `candidates` [count, width]. */
  async search(queries: Float32Array, candidates: Float32Array, take: TopTaker): Promise<void> {
    const width = this.#width;
    const rows = queries.length / width;
    const right = floatTensor(candidates, [candidates.length / width, width]);
    for (let first = 0; first < rows; first += QUERY_ROWS) {
      const count = Math.min(QUERY_ROWS, rows - first);
      const block = queries.subarray(first * width, (first + count) * width);
      const { top } = await this.#session.run({
        queries: floatTensor(block, [count, width]),
        candidates: right,
      });
      take(first, top.data as Int32Array);
    }
  }

  close(): void {
    this.#session.close();
  }
}
