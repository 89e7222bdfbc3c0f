import { expect, test } from 'vitest';
import { AfterclickClient } from '../../../../../gateway/client/index.js';
import { trackDataLayer } from '../../../../../gateway/client/tags/index.js';
import { ManualClock, socketFactory, welcome } from '../../../../support/gateway/client-harness.js';

/** What Google's snippet makes: it pushes its `arguments` itself. */
function gtagOf(layer: unknown[]): (...given: unknown[]) => void {
  return function gtag() {
    layer.push(arguments);
  };
}

test('what a page pushes for Google is tracked, before and after, in both of its forms', () => {
  const { sockets, WebSocket } = socketFactory();
  const client = new AfterclickClient({ url: 'http://shop.test', WebSocket, clock: new ManualClock() });
  sockets[0].open();
  sockets[0].say(welcome());
  const layer: unknown[] = [{ event: 'view_item', ecommerce: { items: [{ item_id: 11 }] } }];
  const stop = trackDataLayer(client, layer);
  gtagOf(layer)('event', 'purchase', { value: '9.5', items: [{ item_id: 'a' }, { item_id: 'b' }] });
  layer.push({ event: 'gtm.js' }, { ecommerce: null }, 'text', undefined);
  gtagOf(layer)('event', 'view_search_results', { search_term: 'lamp' });
  gtagOf(layer)('event', 'purchase', { items: [{ item_id: 'a', price: '2.5', quantity: 3 }] });
  gtagOf(layer)('event', 'rate_item', { items: [{ item_id: 'a' }], value: 'very' });
  stop();
  layer.push({ event: 'view_item', ecommerce: { items: [{ item_id: 'late' }] } });
  expect(layer).toHaveLength(10);
  expect(sockets[0].sent.slice(1)).toEqual([
    { t: 'event', seq: 1, e: 'view_item', item: '11' },
    { t: 'event', seq: 2, e: 'purchase', items: ['a', 'b'], value: 9.5 },
    { t: 'event', seq: 3, e: 'search', query: 'lamp' },
    { t: 'event', seq: 4, e: 'purchase', item: 'a', value: 7.5, quantity: 3 },
  ]);
  expect(client.pending).toHaveLength(4);
});
