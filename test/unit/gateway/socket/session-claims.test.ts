import { expect, test } from 'vitest';
import { SessionClaims } from '../../../../gateway/socket/session-claims.js';
import { named } from '../../../../shards/store/user-key.js';

function holder(said: string[], name: string) {
  return { takenOver: (claim: string) => void said.push(`${name} ${claim.split('\n')[1]}`) };
}

test('a session is the newest connection’s, whoever asks last', () => {
  const claims = new SessionClaims();
  const said: string[] = [];
  const [older, newer] = [holder(said, 'older'), holder(said, 'newer')];
  const own = claims.take(named('v'), 'one', older);
  const claim = claims.take(named('ann'), 'one', newer);
  expect(claims.take(named('ann'), 'one', older)).toBeUndefined();
  expect(said).toEqual([]);
  expect(claims.take(named('v'), 'one', newer)).toBe(own);
  expect(said).toEqual(['older one']);
  claims.release(own, older);
  expect(claims.size).toBe(2);
  claims.release(own, newer);
  claims.release(claim, newer);
  expect(claims.size).toBe(0);
});
