import { basename, dirname } from 'node:path';
import type { LogMarks } from '../recorder/log-records.js';
import type { PostedEvent, PromiseMark, PutItem } from './promise-marks.js';

interface TakenSnapshot {
  readonly shards: readonly { readonly folder: string }[];
}

/** The shop's own calls over HTTP, each marked before and after. */
export class MarkedShop {
  readonly #url: string;
  readonly #marks: LogMarks;

  constructor(url: string, marks: LogMarks) {
    this.#url = url;
    this.#marks = marks;
  }

  async put(items: readonly PutItem[]): Promise<void> {
    this.#mark({ m: 'put', items });
    const lines = items.map(({ item, price }) =>
      JSON.stringify({ id: `item-${item}`, price, category: `category-${item % 3}` }),
    );
    await this.#call('PUT', '/v1/items', lines.join('\n'), 'application/x-ndjson');
    this.#mark({ m: 'put-done' });
  }

  async setPrice(item: number, price: number): Promise<void> {
    this.#mark({ m: 'put', items: [{ item, price }] });
    await this.#call('PATCH', `/v1/items/item-${item}`, JSON.stringify({ price }));
    this.#mark({ m: 'put-done' });
  }

  async remove(item: number): Promise<void> {
    this.#mark({ m: 'put', items: [{ item }] });
    await this.#call('DELETE', `/v1/items/item-${item}`);
    this.#mark({ m: 'put-done' });
  }

  async post(events: readonly PostedEvent[]): Promise<void> {
    this.#mark({ m: 'posted', events });
    const body = events.map(({ id, user, item }) => ({ id, user, e: 'view_item', item: `item-${item}` }));
    await this.#call('POST', '/v1/events', JSON.stringify(body));
    this.#mark({ m: 'post-done', ids: events.map(({ id }) => id) });
  }

  async snapshot(): Promise<void> {
    this.#mark({ m: 'snapshot' });
    const { shards } = (await this.#call('POST', '/v1/snapshots')) as TakenSnapshot;
    this.#mark({ m: 'snapshot-done', name: basename(dirname(shards[0].folder)) });
  }

  async swap(bundle: string): Promise<void> {
    this.#mark({ m: 'swap' });
    await this.#call('POST', '/v1/model', JSON.stringify({ bundle, force: true }));
    const { fingerprint } = (await this.#call('GET', '/v1/model')) as { readonly fingerprint: string };
    this.#mark({ m: 'swap-done', fingerprint });
  }

  async #call(method: string, path: string, body?: string, type = 'application/json'): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      ...(method !== 'GET' && { headers: { 'content-type': type } }),
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  #mark(mark: PromiseMark): void {
    this.#marks.append(mark);
  }
}
