import { callJson } from '../../support/gateway/http-json.js';
import type { ClientHost } from './client-host.js';
import type { LedgerLine } from './ledger-line.js';

export type Posted = Extract<LedgerLine, { k: 'posted' }>;

/** Older than any life of the gateway keeps visitors for, and not too old for an event. */
const PASSED_MS = 20 * 86_400_000;

/** What a client posts over HTTP: events that it has written down, all of them again until each is answered. */
export class Posts {
  readonly #host: ClientHost;
  #open: Posted[];

  constructor(host: ClientHost) {
    this.#host = host;
    const { earlier } = host.ledger;
    const answered = new Set(earlier.flatMap((line) => (line.k === 'answered' ? [line.id] : [])));
    this.#open = earlier.filter((line): line is Posted => line.k === 'posted' && !answered.has(line.id));
  }

  /** Events that are not answered yet. */
  get count(): number {
    return this.#open.length;
  }

  /** One more, which `send` posts. */
  add(event: Pick<Posted, 'user' | 'item' | 'isPassing'>): void {
    const { ledger, mark, name } = this.#host;
    const value = mark();
    const line: Posted = { k: 'posted', id: `${name}-${value}`, value, ...event };
    ledger.add(line);
    this.#open.push(line);
  }

  /** Posts all that is open. Rejects when the gateway does not answer. `isGone` says that the client has ended meanwhile. */
  async send(isGone: () => boolean): Promise<void> {
    const { ledger, url } = this.#host;
    ledger.sync();
    const body = this.#open.map(bodyOf);
    const { body: answer } = await callJson(url, 'POST', '/v1/events', body);
    if (isGone()) return;
    const results = (answer['results'] ?? []) as { status: string; error?: { code: string } }[];
    const isThere = (i: number): boolean => ['applied', 'duplicate', 'not_kept'].includes(results[i]?.status);
    for (const [i, { id }] of this.#open.entries()) if (isThere(i)) ledger.add({ k: 'answered', id });
    ledger.sync();
    this.#open = this.#open.filter((_, i) => !isThere(i));
  }
}

/** Who passes clicked long ago, by the time of their events. */
function bodyOf({ id, user, isPassing, item, value }: Posted): object {
  const event = { id, e: 'view_item', item, value };
  return isPassing === true ? { ...event, session: user, ts: Date.now() - PASSED_MS } : { ...event, user };
}
