import { callJson } from '../../support/gateway/http-json.js';
import type { Client, ClientHost } from './client-host.js';
import { itemOf, USERS, userName } from './item-plans.js';
import type { LedgerLine } from './ledger-line.js';

const PAUSE_MS = 30;
const EVENTS_MAX = 4;

type Posted = Extract<LedgerLine, { k: 'posted' }>;

/** A shop's server that posts events over HTTP, a few at a time, and each of them until it is told that it is there. */
export class HttpClient implements Client {
  readonly #host: ClientHost;
  #open: Posted[];
  #isActing = false;
  #isGone = false;

  constructor(host: ClientHost) {
    this.#host = host;
    const { earlier } = host.ledger;
    const answered = new Set(earlier.flatMap((line) => (line.k === 'answered' ? [line.id] : [])));
    this.#open = earlier.filter((line): line is Posted => line.k === 'posted' && !answered.has(line.id));
    this.#actLater();
  }

  go(): void {
    this.#isActing = true;
  }

  settle(): void {
    this.#isActing = false;
  }

  get unsettled(): string {
    return this.#open.length === 0 ? '' : `${this.#host.name}: ${this.#open.length} events are not answered`;
  }

  end(): void {
    this.#isGone = true;
    this.#host.ledger.close();
  }

  #actLater(): void {
    setTimeout(
      () => {
        void this.#act()
          // The gateway is being killed or started: what is open is posted again.
          .catch(() => undefined)
          .finally(() => {
            if (!this.#isGone) this.#actLater();
          });
      },
      1 + this.#host.random(PAUSE_MS),
    );
  }

  async #act(): Promise<void> {
    const { ledger, url } = this.#host;
    if (this.#open.length === 0 && !this.#isActing) return;
    if (this.#open.length === 0) this.#plan();
    ledger.sync();
    const body = this.#open.map(({ id, user, item, value }) => ({ user, id, e: 'view_item', item, value }));
    const { body: answer } = await callJson(url, 'POST', '/v1/events', body);
    if (this.#isGone) return;
    const results = (answer['results'] ?? []) as { status: string; error?: { code: string } }[];
    const isThere = (i: number): boolean => ['applied', 'duplicate'].includes(results[i]?.status);
    for (const [i, { id }] of this.#open.entries()) if (isThere(i)) ledger.add({ k: 'answered', id });
    ledger.sync();
    this.#open = this.#open.filter((_, i) => !isThere(i));
  }

  /** All of one user: what is posted of them together is applied in its order. */
  #plan(): void {
    const { random, mark, name, ledger } = this.#host;
    const user = random(USERS);
    for (let left = random(EVENTS_MAX); left >= 0; left--) {
      const value = mark();
      const item = itemOf(user, random);
      const line: Posted = { k: 'posted', id: `${name}-${value}`, user: userName(user), value, item };
      ledger.add(line);
      this.#open.push(line);
    }
  }
}
