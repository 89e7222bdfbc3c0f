import type { Clock } from '../../metrics/process/clock.js';
import type { Service } from '../../metrics/process/service-stack.js';
import type { RunningTask } from './task-in-thread.js';

/** The pause after a run, in parts of how long it took: so runs take a twentieth of a core at most. */
const REST_FACTOR = 20;

/** A task that is done again and again, and what becomes of each run. */
export interface Repeated<Answer> {
  /** Pause before the first run, and between two, ms; 0: there is none. */
  readonly everyMs: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** False: a run that is due is left out. */
  isDue?(): boolean;
  /** Begins a run. */
  begin(): RunningTask<Answer> | Promise<RunningTask<Answer>>;
  /** A run has ended. `tookMs` since it began. What is thrown here is a run that failed. */
  done(answer: Answer, tookMs: number): void | Promise<void>;
  failed(error: unknown): void;
}

/** Does a task in a thread of its own again and again, never two at once, with a rest after each run. Nothing waits for it. */
export class RepeatedTask<Answer> implements Service {
  readonly #repeated: Repeated<Answer>;
  #timer: NodeJS.Timeout | undefined;
  #running: RunningTask<Answer> | undefined;
  #isOver = false;

  constructor(repeated: Repeated<Answer>) {
    this.#repeated = repeated;
    this.#later(repeated.everyMs);
  }

  /** No run begins any more. */
  drain(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Ends a run that is under way, of which nothing is told. */
  async stop(): Promise<void> {
    this.drain();
    await this.#running?.end();
  }

  #later(ms: number): void {
    if (this.#isOver || ms === 0) return;
    this.#timer = setTimeout(() => void this.#run(), ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    const { clock, everyMs } = this.#repeated;
    if (this.#repeated.isDue?.() === false) return this.#later(everyMs);
    const fromMs = clock.nowMs();
    try {
      await this.#runOnce(fromMs);
    } catch (error) {
      if (!this.#isOver) this.#repeated.failed(error);
    } finally {
      this.#running = undefined;
      this.#later(Math.max(everyMs, REST_FACTOR * (clock.nowMs() - fromMs)));
    }
  }

  async #runOnce(fromMs: number): Promise<void> {
    const { clock } = this.#repeated;
    const running = await this.#repeated.begin();
    this.#running = running;
    // It was told to stop while the run was being prepared.
    if (this.#isOver) void running.end();
    const answer = await running.answer;
    await this.#repeated.done(answer, Math.round(clock.nowMs() - fromMs));
  }
}
