import { expect, test } from 'vitest';
import { agreeOn, factsOf, type FactsBucket } from '../../../../cluster/node/cluster-facts.js';

const OWN = {
  version: 2,
  partitions: 12,
  catalogue: 'c',
  itemsMax: 9,
  attributeColumnsMax: 4,
  model: 7,
} as const;
const KEY = 'ab'.repeat(32);

/** A bucket in memory; a text that is undefined was taken away. */
function bucketOf(kept: Record<string, string | undefined> = {}): FactsBucket {
  const texts = new Map(Object.entries(kept));
  return {
    get: async (key) => {
      if (!texts.has(key)) return null;
      const text = texts.get(key);
      return { operation: text === undefined ? 'DEL' : 'PUT', string: () => text ?? '' };
    },
    create: async (key, value) => {
      if (texts.get(key) !== undefined) throw new Error('wrong last sequence');
      texts.set(key, value);
    },
  };
}

test('nodes agree on what the first one says, and on the key of their links', async () => {
  const bucket = bucketOf();
  const key = await agreeOn(bucket, OWN);
  expect(key).toHaveLength(32);
  expect(await agreeOn(bucket, OWN)).toEqual(key);
  expect(await factsOf(bucket)).toEqual(OWN);
  await expect(agreeOn(bucket, { ...OWN, partitions: 3 })).rejects.toMatchObject({ code: 'cluster_differs' });
});

test.each([
  ['{', 'cluster_damaged'],
  ['', 'cluster_damaged'],
  ['null', 'cluster_damaged'],
  ['{"version":2}', 'cluster_damaged'],
  [undefined, 'cluster_damaged'],
  ['{"version":3}', 'cluster_newer'],
])('facts that are %j are told of: %s', async (text, code) => {
  const bucket = bucketOf({ cluster: text, link: KEY });
  await expect(agreeOn(bucket, OWN)).rejects.toMatchObject({ code });
  await expect(factsOf(bucket)).rejects.toMatchObject({ code });
});

test.each(['', 'ab', `${KEY}ab`, 'zz'.repeat(32), KEY.slice(1)])(
  'a key of links that is %j is none',
  async (link) => {
    const bucket = bucketOf({ cluster: JSON.stringify(OWN), link });
    await expect(agreeOn(bucket, OWN)).rejects.toMatchObject({ code: 'cluster_damaged' });
  },
);

test('a key of links that was taken away is made anew', async () => {
  const bucket = bucketOf({ cluster: JSON.stringify(OWN), link: undefined });
  const key = await agreeOn(bucket, OWN);
  expect(key).toHaveLength(32);
  expect(await agreeOn(bucket, OWN)).toEqual(key);
});
