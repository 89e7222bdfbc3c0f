import type { Event } from '../../../gateway/protocol/messages.js';
import type { LedgerLine } from './ledger-line.js';

/** A client's session as its ledger has it. */
export class SessionState {
  readonly id: string;
  /** Undefined for a visitor. */
  user: string | undefined;
  /** By `seq − 1`. */
  readonly events: Event[] = [];
  acked = 0;
  isKnown = false;

  constructor(id: string, user?: string) {
    this.id = id;
    this.user = user;
  }

  get unacked(): number {
    return this.events.length - this.acked;
  }

  /** The last session of a ledger; undefined when there is none, or it was left. */
  static of(lines: readonly LedgerLine[]): SessionState | undefined {
    let session: SessionState | undefined;
    for (const line of lines) {
      if (line.k === 'session') session = new SessionState(line.session, line.user);
      else if (line.k === 'left') session = undefined;
      else if (session !== undefined) session.#take(line);
    }
    return session;
  }

  #take(line: LedgerLine): void {
    if (line.k === 'user') this.user = line.user;
    else if (line.k === 'welcome') this.isKnown = true;
    else if (line.k === 'acked') this.acked = Math.max(this.acked, line.seq);
    else if (line.k === 'sent') this.events.push(eventOf(line));
  }
}

/** The event as it goes over the wire. */
export function eventOf({ seq, e, item, value }: Extract<LedgerLine, { k: 'sent' }>): Event {
  return { t: 'event', seq, e, value, ...(item === undefined ? { query: 'a gift' } : { item }) };
}
