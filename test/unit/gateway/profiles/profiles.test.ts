import { expect, test } from 'vitest';
import { nameInterest } from '../../../../gateway/profiles/interest-words.js';
import { profileText } from '../../../../gateway/profiles/profile-text.js';
import { UserProfiles } from '../../../../gateway/profiles/user-profiles.js';
import { WillBuy } from '../../../../gateway/profiles/will-buy.js';
import { PurchaseHead } from '../../../../model/intent/purchase-head.js';
import { PURCHASE_FEATURES } from '../../../../model/intent/purchase-features.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import type { ProfileFields } from '../../../../gateway/profiles/wire-profile.js';
import type { ItemAttribute } from '../../../../model/catalogue/words/word-lists.js';
import { named, NODE, OverloadedError, type UserGraph } from '../../../../shards/api.js';

const TITLES = ['Red retro lunch bag', 'Blue retro lunch bag', 'Retro spot tin', 'Cake stand'];
const NAMES = {
  idOf: (item: number) => `i${item}`,
  titleOf: (item: number) => TITLES[item],
  categoryOf: (code: number) => ['Bags', 'Kitchen'][code],
  brandOf: (code: number) => `brand ${code}`,
  communityOf: (item: number) => (item === 2 ? 'Storage' : undefined),
  attributesOf: (item: number): ItemAttribute[] =>
    item < 2 ? [{ name: 'material', value: 'cotton' }] : [{ name: 'colour', value: `colour ${item}` }],
};

const node = (kind: number, key: number, interest: number, weight = 1, term = '') => ({
  kind,
  key,
  term,
  weight,
  firstMs: 1,
  lastMs: 2,
  interest,
});

const GRAPH: UserGraph = {
  atMs: 9,
  nodes: [
    node(NODE.item, 0, 1, 3),
    node(NODE.item, 1, 1, 1),
    node(NODE.item, 2, 1, 2),
    node(NODE.category, 0, 1, 4),
    node(NODE.item, 3, 2, 1),
    node(NODE.category, 1, 2, 1),
    node(NODE.brand, 5, 0, 1),
  ],
  edges: [],
  consent: { personalise: true, learn: true },
  segments: [],
  session: [],
  interests: [
    { id: 1, share: 0.8333333, trend: 'growing', lastMs: 2, tune: 1, said: [] },
    { id: 2, share: 0.1666667, trend: 'new', lastMs: 2, tune: 0, said: [] },
    { id: 9, share: 0, trend: 'fading', lastMs: 0, tune: -2, said: [{ kind: NODE.category, key: 1 }] },
  ],
};

function noHead(): WillBuy {
  return new WillBuy(
    () => undefined,
    () => undefined,
  );
}

function profilesOf(graph: UserGraph, willBuy = noHead()): UserProfiles {
  return new UserProfiles(
    { graph: () => Promise.resolve(graph), tune: () => Promise.resolve(graph) },
    NAMES,
    { willBuy, segmentOf: (number) => (number === 1 ? 'vips' : undefined) },
  );
}

test('interests have a name of their category and words, items by weight, and what was said of them', async () => {
  expect(await profilesOf(GRAPH).read(named('ann'))).toEqual({
    atMs: 9,
    interests: [
      {
        id: 1,
        name: 'Bags: retro',
        words: ['retro', 'lunch'],
        categories: ['Bags'],
        attributes: [{ name: 'material', value: 'cotton', share: 0.666667 }],
        share: 0.833333,
        strength: 10,
        trend: 'growing',
        tune: 'more',
        lastMs: 2,
        items: ['i0', 'i2', 'i1'],
      },
      {
        id: 2,
        name: 'Kitchen',
        words: ['cake', 'stand'],
        categories: ['Kitchen'],
        attributes: [],
        share: 0.166667,
        strength: 2,
        trend: 'new',
        tune: 'normal',
        lastMs: 2,
        items: ['i3'],
      },
      {
        id: 9,
        name: 'Kitchen',
        words: [],
        categories: ['Kitchen'],
        attributes: [],
        share: 0,
        strength: 0,
        trend: 'fading',
        tune: 'never',
        items: [],
      },
    ],
  });
});

test('without a category the search names an interest, then the community of its items, shared words, the brand, a title', () => {
  const titles = [
    { text: 'Oak table lamp', weight: 1 },
    { text: 'Brass table lamp', weight: 2 },
  ];
  const none = { categories: [], terms: [], brands: [], titles: [], community: undefined };
  expect(nameInterest({ ...none, titles, terms: ['reading light'] }).name).toBe('Reading light');
  expect(nameInterest({ ...none, titles, community: 'lamps' }).name).toBe('Lamps');
  expect(nameInterest({ ...none, titles, brands: ['Acme'] })).toEqual({
    name: 'Lamp table',
    words: ['lamp', 'table'],
  });
  expect(nameInterest({ ...none, titles: [{ text: '12 34', weight: 1 }], brands: ['Acme'] }).name).toBe(
    'Acme',
  );
  expect(nameInterest({ ...none, titles: [{ text: '12 34', weight: 1 }] }).name).toBe('12 34');
  expect(nameInterest(none)).toEqual({ name: '', words: [] });
});

test('items without a category give an interest the name of the community of most of their weight', async () => {
  const nodes = [node(NODE.item, 0, 1, 1), node(NODE.item, 2, 1, 2)];
  const read = (await profilesOf({ ...GRAPH, nodes }).read(named('ann'))) as ProfileFields;
  expect(read.interests[0].name).toBe('Storage');
});

test('in sentences: what they want now, what changed, what not to offer', async () => {
  const read = (await profilesOf(GRAPH).read(named('ann'))) as ProfileFields;
  expect(profileText(read, (id) => TITLES[Number(id.slice(1))])).toBe(
    `This shopper is interested in Bags: retro (83 %) and Kitchen (17 %).
Of Bags: retro they looked most at "Red retro lunch bag", "Retro spot tin" and "Blue retro lunch bag".
Of Bags: retro they mostly look at material cotton.
What changed: Bags: retro is growing and Kitchen is new in this visit.
They asked for more of Bags: retro.
Do not offer Kitchen: they never want to see it.
`,
  );
  expect(profileText({ atMs: 1, interests: [] }, () => undefined)).toBe(
    'Nothing is known yet of what this shopper wants.\n',
  );
});

test('tuning an interest that they do not have is refused, taking something back never is', async () => {
  const profiles = profilesOf(GRAPH);
  expect(await profiles.tune(named('ann'), { interest: 7, value: 'never' })).toMatchObject({
    code: 'invalid_field',
  });
  expect(await profiles.tune(named('ann'), { interest: 7, value: 'normal' })).toMatchObject({ atMs: 9 });
  expect(await profiles.tune(named('ann'), { interest: 2, value: 'more' })).toMatchObject({ atMs: 9 });
});

test('a shard that has too much to do is a problem, and no rejection', async () => {
  const busy = () => Promise.reject(new OverloadedError('full'));
  const profiles = new UserProfiles({ graph: busy, tune: busy }, NAMES, {
    willBuy: noHead(),
    segmentOf: String,
  });
  expect(await profiles.read(named('ann'))).toMatchObject({ code: 'overloaded' });
  expect(await profiles.tune(named('ann'), { interest: 1, value: 'more' })).toMatchObject({
    code: 'overloaded',
  });
});

test('a running session is told how likely it buys, by the category of its last item; one that ended is not', async () => {
  const weights = PURCHASE_FEATURES.map((name) => (name === 'category' ? 1 : 0));
  const categories: [string, number][] = [['Bags', Math.log(0.2 / 0.8)]];
  const head = new PurchaseHead({
    features: [...PURCHASE_FEATURES],
    weights,
    bias: 0,
    categories,
    other: -9,
  });
  const willBuy = new WillBuy(
    () => head,
    (item) => ['Kitchen', 'Bags'][item],
  );
  const click = (item: number, kind: number = EVENT_KIND.view_item) => ({ item, kind });
  const toldOf = async (...session: { item: number; kind: number }[]): Promise<ProfileFields> =>
    (await profilesOf({ ...GRAPH, session }, willBuy).read(named('ann'))) as ProfileFields;
  const running = await toldOf(click(0), click(1));
  expect(running.buys).toBe(0.2);
  expect(profileText(running, () => undefined)).toContain(
    'Of visits that go like this one 20 % end in a purchase.',
  );
  const bought = await toldOf(click(0, EVENT_KIND.purchase), click(1));
  expect(bought.buys).toBe(1);
  expect(profileText(bought, () => undefined)).toContain('They have bought in this visit.');
  expect(await toldOf()).not.toHaveProperty('buys');
});

test('the risk not to come back is told, and not of who does not want lists by what they did', async () => {
  const risk = { days: 30, risk: 0.8, visits: 1, meanGapDays: 0, lastMs: 1, spend: 3 };
  const told = async (graph: UserGraph) => (await profilesOf(graph).read(named('ann'))) as ProfileFields;
  expect((await told({ ...GRAPH, risk })).risk).toMatchObject({ days: 30, risk: 0.8, visits: 1, spend: 3 });
  const consent = { personalise: false, learn: true };
  expect(await told({ ...GRAPH, risk, consent })).not.toHaveProperty('risk');
});

test('segments are told by their ids, those that are gone left out', async () => {
  expect((await profilesOf({ ...GRAPH, segments: [1, 2] }).read(named('ann'))) as object).toMatchObject({
    segments: ['vips'],
  });
  expect(await profilesOf({ ...GRAPH, segments: [2] }).read(named('ann'))).not.toHaveProperty('segments');
});
