import type { EventName } from '../../gateway/protocol/messages.js';
import type { ClickStream, StreamClick } from './click-stream.js';
import { seededRandom, type RandomSource } from './seeded-random.js';

/** What a recorded stream needs of an event. */
export interface SessionEvent {
  readonly session: string;
  readonly item: string;
  readonly e: EventName;
}

type Sessions = readonly (readonly SessionEvent[])[];

/**
 * Recorded sessions, each click by click in its order, `present` of them at a time: which of these clicks next is drawn. Sessions
 * come in the order of their first event; behind the last one the first comes again, as another shopper.
 */
export class RecordedStream implements ClickStream {
  readonly present: number;
  readonly meanClicks: number;
  readonly #sessions: Sessions;
  readonly #random: RandomSource;
  readonly #shoppers: Int32Array;
  readonly #places: Int32Array;
  #comers: number;
  readonly #click: StreamClick = { shopper: 0, item: '', e: 'view_item', isLast: false };

  /** @param events at least one, those of a session in their order. */
  constructor(events: readonly SessionEvent[], present: number, seed: number) {
    this.#sessions = sessionsOf(events);
    this.#random = seededRandom(seed);
    this.present = this.#comers = present;
    this.meanClicks = events.length / this.#sessions.length;
    this.#shoppers = Int32Array.from({ length: present }, (_, i) => i);
    this.#places = new Int32Array(present);
  }

  next(): Readonly<StreamClick> {
    const click = this.#click;
    const at = Math.floor(this.#random() * this.present);
    const shopper = this.#shoppers[at];
    const session = this.#sessions[shopper % this.#sessions.length];
    const { item, e } = session[this.#places[at]++];
    click.shopper = shopper;
    click.item = item;
    click.e = e;
    click.isLast = this.#places[at] === session.length;
    if (click.isLast) {
      this.#shoppers[at] = this.#comers++;
      this.#places[at] = 0;
    }
    return click;
  }
}

function sessionsOf(events: readonly SessionEvent[]): Sessions {
  const sessions = new Map<string, SessionEvent[]>();
  for (const event of events) {
    const session = sessions.get(event.session);
    if (session === undefined) sessions.set(event.session, [event]);
    else session.push(event);
  }
  return [...sessions.values()];
}
