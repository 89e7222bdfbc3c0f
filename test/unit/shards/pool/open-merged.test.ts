import { expect, test } from 'vitest';
import { openMerged } from '../../../../shards/pool/visitor-merges.js';
import type { OpenUsers } from '../../../../shards/pool/open-users.js';
import type { OpenedSession } from '../../../../shards/pool/shard-pool.js';
import { named } from '../../../../shards/store/user-key.js';

const ADA = { user: named('ada'), session: 's' };
const OPENED: OpenedSession = { channel: 1, session: 2, user: ADA.user, seq: 7, applied: 7, rev: 1 };

/** A user who has the session, or gets it by a merge alone; `asked` notes how it was opened. */
function usersOf({ isKnown }: { readonly isKnown: boolean }) {
  const asked: object[] = [];
  const users: Pick<OpenUsers, 'open'> = {
    open: (_user, _session, how) => {
      asked.push(how);
      return how.isKnown === true && !isKnown
        ? Promise.reject(new Error('unknown'))
        : Promise.resolve(OPENED);
    },
  };
  return { users, asked };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 400));
const never = new Promise<never>(() => undefined);

test('[D4] who goes on with a session that the user has had does not wait for a merge that does not end', async () => {
  const { users, asked } = usersOf({ isKnown: true });
  expect(await openMerged(users, never, { ...ADA, sent: 7 })).toBe(OPENED);
  expect(asked).toEqual([{ isExact: true, isKnown: true, sent: 7 }]);
});

test('[D4] one that is to come by the merge is not opened before its end', async () => {
  const { users, asked } = usersOf({ isKnown: false });
  let end: (isMerged: boolean) => void = () => undefined;
  const opening = openMerged(users, new Promise((resolve) => (end = resolve)), { ...ADA, sent: 7 });
  await turns();
  expect(asked).toEqual([{ isExact: true, isKnown: true, sent: 7 }]);
  end(true);
  expect(await opening).toBe(OPENED);
  expect(asked).toHaveLength(2);
});

test('who does not go on with a session waits, and hears why there is no merge', async () => {
  const { users, asked } = usersOf({ isKnown: true });
  void openMerged(users, never, ADA);
  await turns();
  expect(asked).toEqual([]);
  await expect(openMerged(users, Promise.reject(new Error('down')), ADA)).rejects.toThrow('down');
  await expect(openMerged(users, Promise.reject(new Error('down')), { ...ADA, sent: 7 })).rejects.toThrow(
    'down',
  );
});
