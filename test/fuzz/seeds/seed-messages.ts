/** Messages of the contract, each kind with each of its fields at least once: what mutations begin with. */
export const SEED_MESSAGES: readonly object[] = [
  {
    t: 'hello',
    user: 'fuzz',
    slots: [{ slot: 'home', k: 20, explain: true, diversity: 0.3, maxMoves: 2, minIntervalMs: 10 }],
  },
  { t: 'hello', resume: { session: '1q5lpj9fBVKbB2llN_Xe9w', seq: 17 }, consent: { learn: true } },
  { t: 'event', seq: 1, e: 'view_item', item: '22423', slot: 'home', list: 59_621_715_315 },
  { t: 'event', seq: 2, e: 'purchase', items: ['22423', '22699'], value: 25.9, quantity: 2 },
  { t: 'event', seq: 3, e: 'search', query: 'red retrospot' },
  { t: 'event', seq: 4, e: 'review', item: '22423', value: 2, text: 'Lovely, but it broke.' },
  { t: 'event', seq: 5, e: 'add_to_cart', item: '85123A', ts: 1_795_311_340_000 },
  { t: 'recommend', id: 7, slot: 'home', k: 5, filter: { price: { lt: 10 } } },
  { t: 'recommend', id: 8, how: 'similar', item: '22423', k: 6, fields: ['title', 'price'] },
  { t: 'rank', id: 'r1', candidates: ['85123A', '22423', 'nope'], k: 3, tmaxMs: 50 },
  {
    t: 'rank',
    id: 'r2',
    candidates: [
      { id: '85123A', value: 0.8 },
      { id: '22423', value: 0.35 },
    ],
  },
  { t: 'subscribe', slots: [{ slot: 'basket', k: 4, excludeSeen: 'purchased', exclude: ['22423'] }] },
  {
    t: 'subscribe',
    slots: [
      {
        slot: 'shelf',
        filter: {
          category: 'mugs',
          price: { gte: 2, lt: 10 },
          any: [{ colour: { in: ['red', 'blue'] } }, { sale: true }],
          not: { brand: 'acme' },
        },
        fields: ['title', 'price', 'image'],
      },
    ],
  },
  { t: 'unsubscribe', slots: ['basket'] },
  { t: 'identify', id: 'i1', user: 'fuzz-user' },
  { t: 'token', token: 'eyJhbGciOiJIUzI1NiJ9.e30.x' },
  { t: 'graph', id: 'g1' },
  { t: 'profile', id: 'q1' },
  { t: 'tune', id: 'u1', interest: 2, value: 'never' },
  { t: 'consent', id: 'c1', personalise: true, learn: true },
  { t: 'ping', id: 'p1' },
];
