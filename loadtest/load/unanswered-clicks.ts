import type { EventName } from '../../gateway/protocol/messages.js';

/** A click that was sent: what it was, and when it was due. */
export interface SentClick {
  readonly dueUs: number;
  readonly e: EventName;
  readonly item: string;
}

/** Numbered clicks that wait for an answer, oldest first. */
export class UnansweredClicks {
  #seqs: number[] = [];
  #clicks: SentClick[] = [];
  #head = 0;

  get count(): number {
    return this.#seqs.length - this.#head;
  }

  /** `seq` must be above all that wait. */
  push(seq: number, click: SentClick): void {
    this.#seqs.push(seq);
    this.#clicks.push(click);
  }

  /** Takes out all up to `seq`, calling `each`. */
  takeUpTo(seq: number, each: (click: SentClick) => void): void {
    while (this.#head < this.#seqs.length && this.#seqs[this.#head] <= seq) each(this.#clicks[this.#head++]);
    if (this.#head < this.#seqs.length) return;
    this.#seqs.length = this.#clicks.length = this.#head = 0;
  }

  /** Takes out one; false when it does not wait. */
  remove(seq: number): boolean {
    const at = this.#seqs.indexOf(seq, this.#head);
    if (at < 0) return false;
    this.#seqs.splice(at, 1);
    this.#clicks.splice(at, 1);
    return true;
  }

  /** Takes out all. */
  takeAll(): SentClick[] {
    const clicks = this.#clicks.slice(this.#head);
    this.#seqs.length = this.#clicks.length = this.#head = 0;
    return clicks;
  }
}
