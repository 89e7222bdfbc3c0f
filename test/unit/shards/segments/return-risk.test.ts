import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { AT_RISK_PAGE_USERS, readAtRiskPage } from '../../../../shards/disclosure/at-risk-page.js';
import { visitor } from '../../../../shards/store/user-key.js';
import { anEventCall, openAs, type OpenUser } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';
import { silenceHead } from '../../../support/shards/silence-head.js';

const DAY_MS = 86_400_000;
const ASKED = { days: 30, least: 0.5, after: '' };

/** A purchase now, for so much money. */
async function buy(shard: ShardHarness, by: OpenUser, seq: number, value: number): Promise<void> {
  const tsMs = shard.clock.nowMs();
  await shard.tick(anEventCall({ by, on: [seq], seq, tsMs, kind: EVENT_KIND.purchase, value }));
}

/** A shop whose users bought once, each on their own channel, 40 days ago; `returns` says who does not come back. */
async function silentShop(
  users: readonly string[],
  {
    returns = silenceHead(),
    usersHot = 64,
  }: { returns?: ReturnType<typeof silenceHead>; usersHot?: number } = {},
): Promise<ShardHarness> {
  const shard = await ShardHarness.make({ returns, tuning: { usersHot } });
  for (const [i, user] of users.entries()) {
    const by = openAs(i + 1);
    await shard.open({ user, ...by });
    await buy(shard, by, 1, 30);
  }
  await shard.checkpoint();
  shard.clock.advanceMs(40 * DAY_MS);
  return shard;
}

/** Everybody at risk, over all pages. */
function allAtRisk({ built }: ShardHarness, asked = ASKED) {
  const found = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const page = readAtRiskPage(built.context, { ...asked, after });
    found.push(...page.users);
    ({ after } = page);
  }
  return found;
}

test('whoever is silent for long is at risk, with visits and money, in memory or not', async () => {
  const shard = await silentShop(['ann', 'bob', 'cid'], { usersHot: 2 });
  expect(shard.built.users.rowOf('ann')).toBe(-1);
  const found = allAtRisk(shard);
  expect(found.map(({ user }) => user)).toEqual(['ann', 'bob', 'cid']);
  expect(found[0]).toMatchObject({ days: 30, visits: 1, meanGapDays: 0, spend: 30 });
  expect(found[0].risk).toBeCloseTo(0.9, 12);
  expect(found[0].lastMs).toBe(shard.clock.nowMs() - 40 * DAY_MS);
  expect(shard.built.users.rowOf('ann')).toBe(-1);
  expect(allAtRisk(shard, { ...ASKED, least: 0.95 })).toEqual([]);
});

test('a visit takes somebody out, and their gap is told when they are silent again', async () => {
  const shard = await silentShop(['ann', 'bob']);
  await buy(shard, openAs(1), 2, 5);
  expect(allAtRisk(shard).map(({ user }) => user)).toEqual(['bob']);
  shard.clock.advanceMs(31 * DAY_MS);
  const [ann] = allAtRisk(shard);
  expect(ann).toMatchObject({ user: 'ann', visits: 2, spend: 35 });
  expect(ann.meanGapDays).toBeCloseTo(40, 3);
});

test('visitors are not named, and whoever withholds is left out', async () => {
  const shard = await silentShop(['ann', 'bob', visitor('a'.repeat(22))]);
  await shard.tick({ op: 'consent', call: 5, user: 'bob', said: { personalise: false } });
  expect(allAtRisk(shard).map(({ user }) => user)).toEqual(['ann']);
});

test('a page ends when its users are enough or its time is over, and the next one goes on there', async () => {
  const names = Array.from({ length: AT_RISK_PAGE_USERS + 3 }, (_, i) => `u${1_000 + i}`);
  const shard = await silentShop(names, { usersHot: 512 });
  const first = readAtRiskPage(shard.built.context, ASKED);
  expect([first.users.length, first.after]).toEqual([AT_RISK_PAGE_USERS, names[AT_RISK_PAGE_USERS - 1]]);
  const rest = readAtRiskPage(shard.built.context, { ...ASKED, after: first.after! });
  expect([rest.users.length, rest.after]).toEqual([3, undefined]);
  let us = 0;
  const clock = { nowMs: () => shard.clock.nowMs(), nowUs: () => (us += 400) };
  const late = readAtRiskPage({ ...shard.built.context, clock }, ASKED);
  expect([late.users.length, late.after]).toEqual([2, names[1]]);
});

test('a segment tests the risk, and somebody comes in as time goes by', async () => {
  const shard = await silentShop(['ann']);
  const { segments } = shard.built.shard;
  const rule = { is: 'number', of: 'risk', range: { gte: 0.5 } } as const;
  await new Promise<void>((begun) =>
    segments.define({ revision: 1, segments: [{ number: 3, rule }] }, begun),
  );
  while (segments.step());
  expect([...segments.named(3)]).toEqual(['ann']);
  await buy(shard, openAs(1), 2, 5);
  while (segments.step());
  expect([...segments.named(3)]).toEqual([]);
});

test('their graph tells the risk of the fewest days; without a head nothing is told', async () => {
  const shard = await silentShop(['ann']);
  await shard.tick({ op: 'graph', call: 7, user: 'ann' });
  const told = shard.said.find((said) => said.op === 'graph');
  expect(told).toMatchObject({ graph: { risk: { days: 30, visits: 1, spend: 30 } } });
  const plain = await ShardHarness.make();
  expect(readAtRiskPage(plain.built.context, ASKED)).toEqual({ users: [], after: undefined });
});
