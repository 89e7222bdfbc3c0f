import { expect, test } from 'vitest';
import { HttpRank } from '../../../../../gateway/http/ranks/http-rank.js';
import type { RankAsker } from '../../../../../gateway/http/ranks/rank-asker.js';
import type { RoutedCall } from '../../../../../gateway/http/http.js';

const calls = new HttpRank({} as RankAsker);
const callOf = (text: string): RoutedCall =>
  ({ contentType: 'application/json', body: new TextEncoder().encode(text) }) as unknown as RoutedCall;

test.each(['null', '1', '"filters"', '[]', '[{"filters":{}}]', 'true'])(
  'a body %s is refused',
  async (text) => {
    for (const answer of [calls.recommend(callOf(text)), calls.rank(callOf(text))]) {
      const { status, body } = await answer;
      expect(status).toBe(400);
      expect(JSON.parse(String(body))).toMatchObject({ code: 'invalid_field' });
    }
  },
);
