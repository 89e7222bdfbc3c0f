import { setTimeout as pause } from 'node:timers/promises';
import type { Bites } from '../../metrics/process/bites.js';

/**
 * Between two messages of webhooks, to whatever address: 250 a second at most. One takes half a millisecond of the gateway's thread, so that
 * they take an eighth of it together, as one address does that asks without end.
 */
export const HOOK_EVERY_MS = 4;

/** Turns of messages of webhooks: one after the other, with pauses, among the bulk work of the thread. */
export class HookTurns {
  readonly #bites: Pick<Bites, 'rest'>;
  #last: Promise<void> = Promise.resolve();

  constructor(bites: Pick<Bites, 'rest'>) {
    this.#bites = bites;
  }

  /** Resolves when it is the turn of who asks. */
  rest(): Promise<void> {
    const turn = this.#last.then(() => this.#bites.rest());
    this.#last = turn.then(() => pause(HOOK_EVERY_MS, undefined, { ref: false }));
    return turn;
  }
}
