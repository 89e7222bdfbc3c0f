import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CAMPAIGN_ITEMS_MAX, Campaigns } from '../../../../gateway/market/campaigns.js';
import { STRING_LIMITS } from '../../../../gateway/protocol/limits.js';
import { eventBodyProblem } from '../../../../gateway/protocol/validate-event.js';
import { campaignId, CAMPAIGNS_MAX, MarketColumns, PERIODS } from '../../../../shards/api.js';
import { createSharedMarket } from '../../../../shards/market/shared-market.js';
import { temporaryFolder } from '../../../support/gateway/built-gateway.js';

const DAY_MS = 86_400_000;
const NOW_MS = 20_000 * DAY_MS;

function open() {
  const market = createSharedMarket(4, DAY_MS, 1);
  const path = join(temporaryFolder(), 'campaigns.json');
  const { campaigns: columns } = new MarketColumns(market);
  return { market, path, columns, reopen: () => Campaigns.open(market, path) };
}

test('a campaign is known by its first and latest event and by what it shows, and has a row of its own', async () => {
  const { columns, reopen } = open();
  const campaigns = await reopen();
  campaigns.note('spring', NOW_MS, [3]);
  campaigns.note('spring', NOW_MS - 5, [3, 7]);
  campaigns.note('autumn', NOW_MS + 1, []);
  expect(campaigns.find('spring')).toMatchObject({ firstMs: NOW_MS - 5, lastMs: NOW_MS, items: [3, 7] });
  expect(campaigns.list().map(({ name }) => name)).toEqual(['autumn', 'spring']);
  const rows = ['spring', 'autumn'].map((name) => columns.rowOf(campaignId(name)));
  expect(rows).toEqual([0, 1]);
});

test('it outlives a restart, and goes 28 periods after its latest event, with its row', async () => {
  const { columns, reopen } = open();
  const first = await reopen();
  first.note('spring', NOW_MS, [2]);
  await first.write(NOW_MS);
  const second = await reopen();
  expect(second.find('spring')).toMatchObject({ firstMs: NOW_MS, items: [2] });
  await second.write(NOW_MS + PERIODS * DAY_MS);
  expect(second.find('spring')).toBeDefined();
  await second.write(NOW_MS + PERIODS * DAY_MS + 1);
  expect(second.list()).toEqual([]);
  expect(columns.rowOf(campaignId('spring'))).toBe(-1);
});

test('where all rows are taken a new one takes that of the one that the fewest saw: names made up push each other out', async () => {
  const { columns, reopen } = open();
  const campaigns = await reopen();
  campaigns.note('spring', NOW_MS, []);
  for (let n = 0; n < 2; n++) columns.addArm('seen', 0, 5);
  for (let n = 1; n < CAMPAIGNS_MAX; n++) {
    campaigns.note(`made up ${n}`, NOW_MS, []);
    columns.addArm('seen', n, 5);
  }
  for (let n = 0; n < 100; n++) campaigns.note(`more ${n}`, NOW_MS + n, []);
  expect(campaigns.list()).toHaveLength(CAMPAIGNS_MAX);
  expect(campaigns.find('spring')).toBeDefined();
  expect(columns.everSeen(0)).toBe(2);
});

test('it shows so many items at most, and has a name of so many characters', async () => {
  const campaigns = await open().reopen();
  campaigns.note(
    'spring',
    NOW_MS,
    Array.from({ length: CAMPAIGN_ITEMS_MAX + 9 }, (_, item) => item),
  );
  expect(campaigns.find('spring')?.items).toHaveLength(CAMPAIGN_ITEMS_MAX);
  const event = { e: 'view_item', item: 'mug' };
  const longest = 'x'.repeat(STRING_LIMITS.campaign);
  expect(eventBodyProblem({ ...event, campaign: longest })).toBeUndefined();
  for (const campaign of [`${longest}x`, '', 7])
    expect(eventBodyProblem({ ...event, campaign })).toMatchObject({ code: 'invalid_field' });
});
