import type { RecordedEvent } from './recorded.js';

/** One click with the list its user saw before it and the list it brought. */
export interface Sample {
  readonly event: RecordedEvent;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Keeps the first click from `fromCount` clicks on whose user had been pushed a list for an earlier click. */
export class SampleTaker {
  sample: Sample | undefined;
  readonly #fromCount: number;
  readonly #known = new Set<string>();
  #count = 0;
  #pending: Omit<Sample, 'after'> | undefined;

  constructor(fromCount: number) {
    this.#fromCount = fromCount;
  }

  sending(event: RecordedEvent, list: readonly string[]): void {
    if (this.#pending === undefined && this.#count >= this.#fromCount && this.#known.has(event.user))
      this.#pending = { event, before: list };
    this.#count++;
    this.#known.add(event.user);
  }

  listed(event: RecordedEvent, list: readonly string[]): void {
    if (this.sample === undefined && this.#pending?.event === event)
      this.sample = { ...this.#pending, after: list };
  }
}
