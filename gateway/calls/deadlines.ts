import type { Clock } from '../../metrics/process/clock.js';
import { Fifo } from '../../metrics/process/fifo.js';

/** Something that has to be answered by `dueUs`, by `Clock.nowUs`. */
export interface Timed {
  readonly dueUs: number;
  /** True once it was answered: it need not be kept. */
  readonly isSettled: boolean;
  /**
   * Called at `dueUs` or up to 2 ms later, or when it is its turn among many (`DUE_A_TURN`), once at most; of what was answered by
   * then, perhaps not at all.
   */
  expire(): void;
}

/** Answers that are due and are given in one turn of the event loop; what others wait for comes in between. */
export const DUE_A_TURN = 8;

/**
 * Deadlines of all calls under way with one timer for the earliest of them, so that a call costs no timer of its own. Those that
 * come in the order in which they are due, as most do, stand in a line, and what was answered leaves it when it comes to the front:
 * nothing of a call stays for long. The others are in a binary heap; what was answered there stays until it is due.
 */
export class Deadlines {
  readonly #line = new Fifo<Timed>();
  /** When the last in the line is due. */
  #lastDueUs = 0;
  readonly #heap: Timed[] = [];
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #timerDueUs = Infinity;
  #rest: NodeJS.Immediate | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls that are kept. */
  get size(): number {
    return this.#line.length + this.#heap.length;
  }

  add(timed: Timed): void {
    this.#dropSettled();
    if (this.#line.length === 0 || timed.dueUs >= this.#lastDueUs) {
      this.#lastDueUs = timed.dueUs;
      this.#line.push(timed);
    } else this.#addToHeap(timed);
    this.#arm();
  }

  /** Expires what is due, `countMax` at most. The timer calls it; a test with a fake clock does as well. */
  expireDue(countMax = Infinity): void {
    const nowUs = this.#clock.nowUs();
    this.#dropSettled();
    for (let left = countMax; left > 0 && this.#firstDueUs <= nowUs; left--) {
      const first = this.#takeFirst();
      if (!first.isSettled) first.expire();
      this.#dropSettled();
    }
    if (this.#firstDueUs <= nowUs) this.#rest ??= setImmediate(this.#onTimer);
    else this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#rest);
    this.#line.clear();
    this.#heap.length = 0;
  }

  #dropSettled(): void {
    while (this.#line.peek()?.isSettled === true) this.#line.shift();
  }

  #addToHeap(timed: Timed): void {
    let at = this.#heap.push(timed) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#heap[parent].dueUs <= timed.dueUs) break;
      this.#heap[at] = this.#heap[parent];
      this.#heap[(at = parent)] = timed;
    }
  }

  get #firstDueUs(): number {
    return Math.min(
      this.#line.peek()?.dueUs ?? Infinity,
      this.#heap.length > 0 ? this.#heap[0].dueUs : Infinity,
    );
  }

  #arm(): void {
    const dueUs = this.#firstDueUs;
    if (dueUs === Infinity || dueUs >= this.#timerDueUs) return;
    clearTimeout(this.#timer);
    this.#timerDueUs = dueUs;
    this.#timer = setTimeout(this.#onTimer, Math.max(1, Math.ceil((dueUs - this.#clock.nowUs()) / 1_000)));
  }

  readonly #onTimer = (): void => {
    this.#timerDueUs = Infinity;
    this.#rest = undefined;
    this.expireDue(DUE_A_TURN);
  };

  /** The one that is due first; there is one. */
  #takeFirst(): Timed {
    const inLine = this.#line.peek();
    if (inLine !== undefined && (this.#heap.length === 0 || inLine.dueUs <= this.#heap[0].dueUs)) {
      this.#line.shift();
      return inLine;
    }
    const first = this.#heap[0];
    const last = this.#heap.pop() as Timed;
    const size = this.#heap.length;
    if (size === 0) return first;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#heap[child + 1].dueUs < this.#heap[child].dueUs) child++;
      if (this.#heap[child].dueUs >= last.dueUs) break;
      this.#heap[at] = this.#heap[child];
      at = child;
    }
    this.#heap[at] = last;
    return first;
  }
}
