import { expect, it } from 'vitest';
import { readJournalData } from '../../shards/learning/training/journal-data.js';
import { callJson } from '../support/gateway/http-json.js';
import { startGateway } from '../support/gateway/built-gateway.js';

it('training sees of a journal what was paid and what was given back, of users who clicked', async () => {
  const gateway = await startGateway({ args: ['--bundle', 'none', '--shards', '1'] });
  const { url, dataDir } = gateway;
  const atMs = Date.now() - 60_000;
  const event = (user: string, e: string, afterMs: number, more: object = {}) => ({
    user,
    id: `${user}-${afterMs}`,
    e,
    item: 'mug',
    ts: atMs + afterMs,
    ...more,
  });
  await callJson(url, 'PUT', '/v1/items', [{ id: 'mug' }]);
  const { body } = await callJson(url, 'POST', '/v1/events', [
    event('ada', 'view_item', 0),
    event('ada', 'purchase', 1, { value: 7.5 }),
    event('ada', 'refund', 2, { value: 5 }),
    event('ada', 'refund', 3),
    event('bob', 'refund', 4, { value: 5 }),
  ]);
  expect(JSON.stringify(body)).not.toContain('error');
  const { dataset } = await readJournalData(dataDir);
  expect([...dataset.money]).toEqual([0, 7.5]);
  expect(dataset.refunds).toEqual([{ user: 0, timeMs: atMs + 2, money: 5 }]);
  await gateway.stop();
});
