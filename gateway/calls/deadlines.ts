import type { Clock } from '../../metrics/process/clock.js';

/** Something that has to be answered by `dueUs`, by `Clock.nowUs`. */
export interface Timed {
  readonly dueUs: number;
  /** Called once, at `dueUs` or up to 2 ms later, whether it was answered or not. */
  expire(): void;
}

/**
 * Deadlines of all calls under way with one timer for the earliest of them: a binary heap, so that a call costs no timer
 * of its own. What was answered before stays until it is due and ignores `expire`.
 */
export class Deadlines {
  readonly #heap: Timed[] = [];
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #timerDueUs = Infinity;

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

  /** Expires what is due. The timer calls it; a test with a fake clock does as well. */
  expireDue(): void {
    const nowUs = this.#clock.nowUs();
    while (this.#heap.length > 0 && this.#heap[0].dueUs <= nowUs) this.#takeFirst().expire();
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
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
    this.expireDue();
  };

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
