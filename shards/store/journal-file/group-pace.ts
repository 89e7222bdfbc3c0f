/** Least time from the beginning of one group to that of the next, ms: what an acknowledgement may wait beside the disk itself. */
const GROUP_EVERY_MS = 4;

/**
 * When the next group of a journal may go to the disk: at once after a rest, else `GROUP_EVERY_MS` after the one before. A group
 * costs a write, the wake-ups of two threads and acknowledgements of its own, however many records are in it
 * (docs/decisions/0066-paced-groups.md).
 */
export class GroupPace {
  readonly #nowMs: () => number;
  #begunMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** True when a group may begin, which it does then. Otherwise `again` is called once when one may; of several that wait, the first. */
  begin(again: () => void): boolean {
    if (this.#timer !== undefined) return false;
    const nowMs = this.#nowMs();
    const restMs = this.#begunMs + GROUP_EVERY_MS - nowMs;
    if (restMs > 0) {
      this.#timer = setTimeout(() => this.#rested(again), restMs);
      return false;
    }
    this.#begunMs = nowMs;
    return true;
  }

  /** Timers may be early by a part of a millisecond. */
  #rested(again: () => void): void {
    this.#timer = undefined;
    this.#begunMs = -Infinity;
    again();
  }

  /** Nothing is called any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
