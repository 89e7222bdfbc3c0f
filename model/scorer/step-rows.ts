import { CODE_START, CODES, RELATION, type ScorerShape } from './step-shape.js';

/** What attention knows of a row beside its vectors: see `RELATION`, `gapBucket`, event kinds, and the distance in distinct items. */
export interface RowCodes {
  /** `RELATION` of the row to the click. */
  relation: number;
  /** `gapBucket` of the row. */
  gap: number;
  /** Event kind last seen on the row. */
  kind: number;
  /** Distance from the click in distinct items (row 0: 0, the item before: 1, …); N − 1 at most. */
  age: number;
}

/** Numbers of rows two at a time, where a row has an even number of them, else one by one: half of the time it takes to copy a row. */
export type Pieces = Float32Array | Float64Array;

/** The numbers as `Pieces`; the memory is the same. */
export function piecesOf(numbers: Float32Array, width: number): Pieces {
  return width % 2 === 0 ? new Float64Array(numbers.buffer, numbers.byteOffset, numbers.length / 2) : numbers;
}

const CODE_COUNT = CODES.length;
const PADDING: RowCodes = { relation: RELATION.none, gap: 0, kind: 0, age: 0 };

/**
 * Inputs and results of one run of the step, for B users whose clicked nodes get new states. Two inputs and one output: each
 * tensor that is handed to ONNX Runtime costs more than what is computed with it. Made once, filled by the shard, handed to
 * `Scorer.step`, read, and filled again.
 */
export class StepRows {
  readonly userMax: number;
  /** Users B in use. */
  users = 0;
  /**
   * Float32 [userMax, 2N, D], of each user: the unit-length vectors of the neighbourhood's N rows (row 0 is the clicked node,
   * padding is zeros); the slow interest, zeros where there is none; the states of rows 1 to N − 1, which are the vectors
   * again where there is none. The state of row 0 is what the step computes.
   */
  readonly rows: Float32Array;
  /** The same memory in `Pieces`, for copying into it. */
  readonly pieces: Pieces;
  /** Int32 [userMax, N, 4]: rows of the attention tables, `CODE_START` of each code and the code. */
  readonly codes: Int32Array;
  /** Output, valid after the step. Float32 [userMax, 2, D]: new state h of the clicked node, then the unit-length interest u. */
  readonly results: Float32Array;
  readonly #neighbours: number;
  readonly #width: number;
  readonly #pieceWidth: number;

  constructor({ neighbours, width }: Pick<ScorerShape, 'neighbours' | 'width'>, userMax: number) {
    this.userMax = userMax;
    this.#neighbours = neighbours;
    this.#width = width;
    this.#pieceWidth = width % 2 === 0 ? width / 2 : width;
    this.rows = new Float32Array(userMax * 2 * neighbours * width);
    this.pieces = piecesOf(this.rows, width);
    this.codes = new Int32Array(userMax * neighbours * CODE_COUNT);
    this.results = new Float32Array(userMax * 2 * width);
  }

  /** Where in `rows` the vector of a neighbourhood's row begins. */
  node(user: number, row: number): number {
    return (user * 2 * this.#neighbours + row) * this.#width;
  }

  /**
   * Copies the vector or state number `number` of `from`, which is as wide, to where a row begins in `rows` (`node`, `state`, `slow`).
   * Its numbers are finite: pieces are no place for the bits of others.
   */
  put(at: number, from: Pieces, number: number): void {
    const { pieces } = this;
    const width = this.#pieceWidth;
    const to = (at / this.#width) * width;
    const source = number * width;
    for (let p = 0; p < width; p++) pieces[to + p] = from[source + p];
  }

  /** Where in `rows` the user's slow interest begins. */
  slow(user: number): number {
    return this.node(user, this.#neighbours);
  }

  /** Where in `rows` the state of a neighbourhood's row begins, from row 1 on. */
  state(user: number, row: number): number {
    return this.node(user, this.#neighbours + row);
  }

  /** Where in `results` the clicked node's new state begins. */
  newState(user: number): number {
    return user * 2 * this.#width;
  }

  /** Where in `results` the user's interest begins. */
  interest(user: number): number {
    return (user * 2 + 1) * this.#width;
  }

  /** Makes all rows of a user padding, and their slow interest zeros. */
  clear(user: number): void {
    this.rows.fill(0, this.node(user, 0), this.node(user + 1, 0));
    for (let row = 0; row < this.#neighbours; row++) this.setCodes(user, row, PADDING);
  }

  /** Sets what attention knows of a row. */
  setCodes(user: number, row: number, { relation, gap, kind, age }: Readonly<RowCodes>): void {
    const at = (user * this.#neighbours + row) * CODE_COUNT;
    this.codes[at] = CODE_START.relation + relation;
    this.codes[at + 1] = CODE_START.gap + gap;
    this.codes[at + 2] = CODE_START.kind + kind;
    this.codes[at + 3] = CODE_START.age + age;
  }

  /** What attention knows of a row; the caller's. */
  codesOf(user: number, row: number): RowCodes {
    const at = (user * this.#neighbours + row) * CODE_COUNT;
    return {
      relation: this.codes[at] - CODE_START.relation,
      gap: this.codes[at + 1] - CODE_START.gap,
      kind: this.codes[at + 2] - CODE_START.kind,
      age: this.codes[at + 3] - CODE_START.age,
    };
  }

  /** Takes over inputs and results of a user of `from`, which is of the same shape. */
  copyUser(user: number, from: StepRows, fromUser: number): void {
    this.rows.set(from.rows.subarray(from.node(fromUser, 0), from.node(fromUser + 1, 0)), this.node(user, 0));
    const codes = this.#neighbours * CODE_COUNT;
    this.codes.set(from.codes.subarray(fromUser * codes, (fromUser + 1) * codes), user * codes);
    this.results.set(
      from.results.subarray(from.newState(fromUser), from.newState(fromUser + 1)),
      this.newState(user),
    );
  }
}
