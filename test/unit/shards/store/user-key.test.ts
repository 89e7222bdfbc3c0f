import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../../support/any-text.js';
import { isVisitor, named, nameOf, visitor } from '../../../../shards/store/user-key.js';

const name = fc.oneof(
  anyText(8),
  fc.constantFrom('\u0001S', '\u0002S', '\u0001', '\u0002', '\u0002\u0001S', '1001', ''),
);

test('a session and a user never have one key, whatever they are called; both give their name back', () => {
  fc.assert(
    fc.property(name, name, (session, user) => {
      expect([isVisitor(visitor(session)), isVisitor(named(user))]).toEqual([true, false]);
      expect([nameOf(visitor(session)), nameOf(named(user))]).toEqual([session, user]);
    }),
  );
});

test('an ordinary id is its own key', () => {
  expect(named('1001')).toBe('1001');
});
