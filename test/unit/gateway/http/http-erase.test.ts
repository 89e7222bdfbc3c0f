import { expect, test } from 'vitest';
import { HttpErase } from '../../../../gateway/http/http-erase.js';
import { STRING_LIMITS } from '../../../../gateway/protocol/limits.js';
import type { HttpCall } from '../../../../gateway/server/http-call.js';
import { named, visitor, type UserKey } from '../../../../shards/api.js';

const CALL = {} as HttpCall;

function erasing() {
  const erased: UserKey[] = [];
  const erase = new HttpErase({
    erase: (user) => {
      erased.push(user);
      return Promise.resolve({ visitors: 0 });
    },
  });
  return { erase, erased };
}

test('a user and a visitor are erased by the name in the path', async () => {
  const { erase, erased } = erasing();
  const longest = '€'.repeat(STRING_LIMITS.id);
  expect((await erase.user(CALL, longest)).status).toBe(200);
  expect((await erase.session(CALL, 'cart-17')).status).toBe(200);
  expect(erased).toEqual([named(longest), visitor('cart-17')]);
});

test.each([
  ['too long a name', 'x'.repeat(STRING_LIMITS.id + 1)],
  ['no name', ''],
  ['a control character', 'a\u0000b'],
  ['half a pair of surrogates', '\uD800'],
])('%s reaches no shard', async (_what, id) => {
  const { erase, erased } = erasing();
  for (const reply of [await erase.user(CALL, id), await erase.session(CALL, id)]) {
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body as string)).toMatchObject({ code: 'invalid_field' });
  }
  expect(erased).toEqual([]);
});
