import type { Slot } from '../../gateway/protocol/messages.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { StreamClick } from '../stream/click-stream.js';
import type { ClickRecorder } from './click-recorder.js';
import { LoadShopper } from './load-shopper.js';

/** What all shoppers of a crowd have in common. */
export interface LoadCrowdPlan {
  /** Shoppers are dealt out over them. */
  readonly urls: readonly string[];
  readonly slots: readonly Slot[];
  /** Shoppers at the same time. */
  readonly present: number;
  /** Shoppers who have opened their connection before their first click is due. */
  readonly ahead: number;
  /** Name of the shopper with a number; undefined: a visitor. */
  readonly nameOf: (shopper: number) => string | undefined;
}

/** Connections opened at a time before the run. */
const OPENING_MAX = 64;
/** How often those who left are looked at: who has all their answers closes. */
const LEAVING_LOOK_MS = 50;

/** The shoppers of a run by number: who is there, who is about to come, and who leaves when their last answer is there. */
export class LoadCrowd {
  readonly #plan: LoadCrowdPlan;
  readonly #clock: Clock;
  readonly #recorder: ClickRecorder;
  readonly #shoppers = new Map<number, LoadShopper>();
  readonly #leaving = new Set<LoadShopper>();
  readonly #looking: NodeJS.Timeout;
  #opened = 0;

  constructor(plan: LoadCrowdPlan, clock: Clock, recorder: ClickRecorder) {
    this.#plan = plan;
    this.#clock = clock;
    this.#recorder = recorder;
    this.#looking = setInterval(() => this.#letLeave(), LEAVING_LOOK_MS);
  }

  /** Opens the connections of all who are there from the start, and of the first newcomers. Rejects when one cannot be opened. */
  async openFirst(): Promise<void> {
    const { urls, present, ahead } = this.#plan;
    while (this.#opened < present + ahead) {
      const count = Math.min(OPENING_MAX, present + ahead - this.#opened);
      const opening = Array.from({ length: count }, () => this.#openNext());
      const failed = (await Promise.allSettled(opening.map((shopper) => shopper.ready))).find(
        (one) => one.status === 'rejected',
      );
      if (failed !== undefined) throw new Error(`${urls.join(', ')}: ${(failed.reason as Error).message}`);
    }
  }

  click(dueUs: number, { shopper, e, item, isLast }: Readonly<StreamClick>): void {
    while (this.#opened <= shopper) this.#openNext();
    const one = this.#shoppers.get(shopper);
    one?.click(dueUs, e, item);
    if (!isLast || one === undefined) return;
    this.#shoppers.delete(shopper);
    this.#leaving.add(one);
    this.#openNext();
  }

  /** Breaks all connections at once. */
  drop(): number {
    let count = 0;
    for (const shopper of this.#shoppers.values()) {
      if (shopper.isOpen) count++;
      shopper.drop();
    }
    return count;
  }

  get openCount(): number {
    let count = 0;
    for (const shopper of this.#shoppers.values()) if (shopper.isOpen) count++;
    return count;
  }

  get isWaiting(): boolean {
    for (const shopper of this.#shoppers.values()) if (shopper.waitingCount > 0) return true;
    for (const shopper of this.#leaving) if (shopper.waitingCount > 0) return true;
    return false;
  }

  close(): void {
    clearInterval(this.#looking);
    for (const shopper of this.#shoppers.values()) shopper.close();
    for (const shopper of this.#leaving) shopper.close();
  }

  #openNext(): LoadShopper {
    const { urls, slots, nameOf } = this.#plan;
    const number = this.#opened++;
    const plan = { url: urls[number % urls.length], slots, user: nameOf(number) };
    const shopper = new LoadShopper(plan, this.#clock, this.#recorder);
    this.#shoppers.set(number, shopper);
    return shopper;
  }

  #letLeave(): void {
    for (const shopper of this.#leaving) {
      if (shopper.waitingCount > 0) continue;
      shopper.close();
      this.#leaving.delete(shopper);
    }
  }
}
