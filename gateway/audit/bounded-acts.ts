import type { Clock } from '../../metrics/process/clock.js';
import type { AuditedAct } from './audit-line.js';

/** Acts of those without a scope of the staff, and refusals, that are written in a second; the next line tells how many more there were. */
export const BOUNDED_ACTS_A_SECOND = 10;

const SECOND_MS = 1_000;

/** Lets so many acts a second through: whoever asks without end does not fill the files, and pushes nobody's acts out of them. */
export class BoundedActs {
  readonly #clock: Pick<Clock, 'nowMs'>;
  #sinceMs = -Infinity;
  #written = 0;
  #more = 0;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** The act as it is to be written; undefined when it is only counted. */
  take(act: AuditedAct): AuditedAct | undefined {
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#sinceMs + SECOND_MS) {
      this.#sinceMs = nowMs;
      this.#written = 0;
    }
    if (this.#written === BOUNDED_ACTS_A_SECOND) {
      this.#more++;
      return undefined;
    }
    this.#written++;
    const more = this.#more;
    this.#more = 0;
    return more > 0 ? { ...act, more } : act;
  }
}
