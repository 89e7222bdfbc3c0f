import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';

const HOUR_MS = 3_600_000;
/** What shoppers of two kinds look at: tea sets, and lunch bags. */
const TASTES = [
  ['22697', '22698', '22699', '22423'],
  ['20725', '20727', '22382', '20728'],
];
const SHOPPERS = 30;

interface Found {
  readonly id: number;
  readonly name: string;
  readonly shoppers: number;
  readonly traits: readonly { readonly value: string; readonly share: number; readonly lift: number }[];
}

test('shoppers who want the like are a segment that nobody named, told by what sets them apart', async () => {
  const gateway = await startGateway({
    env: {
      AFTERCLICK_SHARDS: '2',
      AFTERCLICK_SEGMENTS_FOUND_EVERY_MS: '300',
      AFTERCLICK_COMMUNITIES_EVERY_MS: '0',
    },
  });
  const nowMs = Date.now();
  const events = TASTES.flatMap((items, taste) =>
    Array.from({ length: SHOPPERS }, (_, n) =>
      // Two visits and the beginning of a third: what a visit was about joins the long-term interest when the next one begins.
      [3, 2, 1].flatMap((hours) =>
        [0, 1].map((click) => ({
          id: `${hours}-${click}`,
          user: `shopper-${taste}-${n}`,
          e: 'view_item',
          item: items[(n + hours + click) % items.length],
          ts: nowMs - hours * HOUR_MS + click,
        })),
      ),
    ).flat(),
  );
  expect((await callJson(gateway.url, 'POST', '/v1/events', events)).status).toBe(200);
  let found: readonly Found[] = [];
  await expect
    .poll(
      async () => {
        const { body } = await callJson(gateway.url, 'GET', '/v1/segments');
        found = body['found'] as readonly Found[];
        return found.map(({ shoppers }) => shoppers);
      },
      { timeout: 100_000 },
    )
    .toEqual([SHOPPERS, SHOPPERS]);
  const values = found.map(({ traits }) => traits.map(({ value }) => value.toLowerCase()).join(' '));
  expect(values.filter((text) => /tea|cup|kitchen|regency/.test(text))).toHaveLength(1);
  expect(values.filter((text) => /bag/.test(text))).toHaveLength(1);
  for (const { name, traits } of found) {
    expect(name).not.toBe('');
    for (const { share, lift } of traits) expect([share > 0.1, lift > 1]).toEqual([true, true]);
  }
  await gateway.stop();
}, 180_000);
