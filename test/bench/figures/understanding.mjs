// What a gateway understands of its shop, all at work, and none of it, for the row about what that costs a click.

/** Everything again and again within a run, far more often than by default. */
export const UNDERSTANDING = {
  AFTERCLICK_COMMUNITIES_EVERY_MS: '10000',
  AFTERCLICK_SEGMENTS_FOUND_EVERY_MS: '10000',
};

export const NO_UNDERSTANDING = {
  AFTERCLICK_MARKET_PERIOD_MS: '0',
  AFTERCLICK_COMMUNITIES_EVERY_MS: '0',
  AFTERCLICK_SEGMENTS_FOUND_EVERY_MS: '0',
};

/** Rules that shoppers of a load come into and leave. */
const RULES = [
  { visits: { gte: 2 } },
  { purchases: { gte: 1 } },
  { spend: { gte: 20 } },
  { recencyDays: { lt: 1 } },
  { not: { purchases: { gte: 1 } } },
  { all: [{ visits: { lte: 1 } }, { spend: { lt: 5 } }] },
  { any: [{ spend: { gte: 100 } }, { purchases: { gte: 5 } }] },
  { attributes: { country: ['DE', 'AT'] } },
];

export async function putSegments({ url }) {
  for (const [number, rule] of RULES.entries()) {
    const reply = await fetch(new URL(`/v1/segments/bench-${number}`, url), {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rule }),
    });
    if (reply.status !== 200) throw new Error(`${reply.url}: ${reply.status} ${await reply.text()}`);
  }
}
