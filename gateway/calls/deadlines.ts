import type { Clock } from '../../metrics/process/clock.js';

/** Something that has to be answered by `dueUs`, by `Clock.nowUs`. */
export interface Timed {
  readonly dueUs: number;
  /** Called once, at `dueUs` or up to 2 ms later, or when it is its turn among many (`DUE_A_TURN`), whether it was answered or not. */
  expire(): void;
}

/** Answers that are due and are given in one turn of the event loop; what others wait for comes in between. */
export const DUE_A_TURN = 8;

/**
 * Deadlines of all calls under way with one timer for the earliest of them: a binary heap, so that a call costs no timer
 * of its own. What was answered before stays until it is due and ignores `expire`.
 */
export class Deadlines {
  readonly #heap: Timed[] = [];
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #timerDueUs = Infinity;
  #rest: NodeJS.Immediate | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(timed: Timed): void {
    let at = this.#heap.push(timed) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#heap[parent].dueUs <= timed.dueUs) break;
      this.#heap[at] = this.#heap[parent];
      this.#heap[(at = parent)] = timed;
    }
    this.#arm();
  }

  /** Expires what is due, `countMax` at most. The timer calls it; a test with a fake clock does as well. */
  expireDue(countMax = Infinity): void {
    const nowUs = this.#clock.nowUs();
    let left = countMax;
    for (; left > 0 && this.#isDue(nowUs); left--) this.#takeFirst().expire();
    if (this.#isDue(nowUs)) this.#rest ??= setImmediate(this.#onTimer);
    else this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#rest);
    this.#heap.length = 0;
  }

  #arm(): void {
    const dueUs = this.#heap.length === 0 ? Infinity : this.#heap[0].dueUs;
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

  #isDue(nowUs: number): boolean {
    return this.#heap.length > 0 && this.#heap[0].dueUs <= nowUs;
  }

  #takeFirst(): Timed {
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
