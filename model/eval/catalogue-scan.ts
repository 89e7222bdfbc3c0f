import { GraphBuilder } from '../onnx/graph-builder.js';
import { createSession, floatTensor, type OnnxSession, type Tensors } from '../onnx/onnx-session.js';
import type { ItemVectors } from './measures/variety-measures.js';

/** `TensorProto.DataType` of int32. */
const INT32 = 6;
/** Interests that are scanned for at once. */
const ROWS = 64;

/** Scores every item of a catalogue for an interest, `u·e`, and keeps the best: the network without candidates. */
export class CatalogueScan {
  readonly #session: OnnxSession;
  readonly #feeds: Tensors;
  readonly #interest: Float32Array;
  readonly #width: number;
  /** Items of each list. */
  readonly k: number;

  private constructor(session: OnnxSession, { vectors, width }: ItemVectors, k: number) {
    const items = vectors.length / width;
    this.#session = session;
    this.#width = width;
    this.k = k;
    this.#interest = new Float32Array(ROWS * width);
    this.#feeds = {
      interest: floatTensor(this.#interest, [ROWS, width]),
      vectors: floatTensor(vectors, [items, width]),
    };
  }

  /** `vectors` are borrowed until `close`. Lists hold `k` items, or all there are. */
  static async open(vectors: ItemVectors, k: number): Promise<CatalogueScan> {
    const items = vectors.vectors.length / vectors.width;
    const length = Math.min(k, items);
    const session = await createSession(scanGraph(vectors.width, items, length));
    return new CatalogueScan(session, vectors, length);
  }

  /** `interests`: float32 [n, width], any n. Returns int32 [n, k], rows of the best items, best first; the caller's. */
  async top(interests: Float32Array): Promise<Int32Array> {
    const count = interests.length / this.#width;
    const lists = new Int32Array(count * this.k);
    for (let from = 0; from < count; from += ROWS) {
      const rows = Math.min(ROWS, count - from);
      this.#interest.set(interests.subarray(from * this.#width, (from + rows) * this.#width));
      const { top } = await this.#session.run(this.#feeds, ['top']);
      lists.set((top.data as Int32Array).subarray(0, rows * this.k), from * this.k);
    }
    return lists;
  }

  close(): void {
    this.#session.close();
  }
}

function scanGraph(width: number, items: number, k: number): Uint8Array {
  const builder = new GraphBuilder('catalogue-scan');
  const interest = builder.input('interest', 'float32', [ROWS, width]);
  const vectors = builder.input('vectors', 'float32', [items, width]);
  const scores = builder.node('Gemm', [interest, vectors], { attributes: { transB: 1 } });
  const top = builder.fresh('top');
  builder.nodeWith('TopK', [scores, builder.longs([k])], [builder.fresh('best'), top]);
  builder.node('Cast', [top], { attributes: { to: INT32 } }, 'top');
  builder.output('top', 'int32', [ROWS, k]);
  return builder.build();
}
