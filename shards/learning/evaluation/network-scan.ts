import { CatalogueScan } from '../../../model/eval/catalogue-scan.js';
import {
  LIST_LENGTH,
  MethodBoard,
  type BoardContext,
  type MeasuredMethod,
} from '../../../model/eval/method-board.js';
import type { Dataset } from '../../../model/train/data/dataset.js';
import type { ScoredCandidates } from '../../ranking/scoring/candidate-scoring.js';
import type { Question } from '../serving/serving-path.js';

const NETWORK_SCAN = 'network, all items';
/** Scores that a scan may compute: the 60,858 questions of Diginetica over its 43,097 items are half of it. */
const SCORES_MAX = 5e9;

/** The interest that the exported network computes on the serving path, scored against every item of the bundle. */
export class NetworkScan {
  readonly #scan: CatalogueScan;
  readonly #dataset: Dataset;
  readonly #board: MethodBoard;
  readonly #questions: Question[] = [];
  #interests: Float32Array[] = [];

  private constructor(scan: CatalogueScan, dataset: Dataset, context: BoardContext) {
    this.#scan = scan;
    this.#dataset = dataset;
    this.#board = new MethodBoard(context);
  }

  /** Resolves to undefined where the scan would take longer than all else. */
  static async open(
    dataset: Dataset,
    context: BoardContext,
    questions: number,
  ): Promise<NetworkScan | undefined> {
    if (questions * dataset.itemIds.length > SCORES_MAX) return undefined;
    return new NetworkScan(await CatalogueScan.open(context.vectors, LIST_LENGTH), dataset, context);
  }

  /** Notes the interest of a question; `flush` answers it. */
  scored(question: Question, { count }: ScoredCandidates, interest: Float32Array): void {
    if (count === 0) return;
    this.#questions.push(question);
    this.#interests.push(interest.slice());
  }

  /** Answers what was noted. Call between drives. */
  async flush(): Promise<void> {
    const noted = this.#interests;
    this.#interests = [];
    const width = noted[0]?.length ?? 0;
    const interests = new Float32Array(noted.length * width);
    noted.forEach((interest, i) => interests.set(interest, i * width));
    const lists = width === 0 ? new Int32Array(0) : await this.#scan.top(interests);
    const { k } = this.#scan;
    this.#questions.splice(0).forEach(({ session, click }, i) => {
      this.#board.add(session, lists.subarray(i * k, (i + 1) * k), this.#dataset.item[click + 1]);
    });
  }

  method(): MeasuredMethod {
    return { name: NETWORK_SCAN, board: this.#board, extra: {} };
  }

  close(): void {
    this.#scan.close();
  }
}
