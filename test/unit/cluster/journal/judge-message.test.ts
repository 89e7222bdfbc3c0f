import { expect, test } from 'vitest';
import { encodeMessage } from '../../../../cluster/journal/journal-message.js';
import {
  FIRST_STATE,
  judgeMessage,
  stateAfter,
  stateBehindHole,
  stateFrom,
  type JournalState,
} from '../../../../cluster/journal/judge-message.js';
import { sampleRecord } from '../../../support/cluster/sample-records.js';

const own = (epoch: number): Uint8Array =>
  encodeMessage({ kind: 'own', owner: { node: 'a', run: '1', epoch } });
const group = (epoch: number, position: number, count = 1): Uint8Array =>
  encodeMessage({
    kind: 'group',
    owner: { node: 'a', run: '1', epoch },
    items: 0,
    records: [sampleRecord(position, count)],
  });
const garbage = Buffer.from('garbage');

/** What each message is judged to be, from a state on. */
function kindsOf(state: JournalState, messages: readonly Uint8Array[]): string[] {
  return messages.map((bytes) => {
    const judged = judgeMessage(state, { sequence: state.next, bytes });
    state = stateAfter(state, judged);
    return judged.kind;
  });
}

test('of a journal from its beginning on each message is known for what it is', () => {
  expect(
    kindsOf(FIRST_STATE, [group(0, 0), own(2), group(2, 0, 3), group(2, 0), garbage, group(2, 3), own(7)]),
  ).toEqual(['passed', 'own', 'group', 'passed', 'unread', 'group', 'own']);
});

test('an ownership begins where it says that it does', () => {
  expect(kindsOf(FIRST_STATE, [own(2), own(1), own(3), own(2), own(9)])).toEqual([
    'passed',
    'passed',
    'own',
    'passed',
    'passed',
  ]);
});

test('from its middle on the first group says who the owner is, until a later one comes', () => {
  expect(kindsOf(stateFrom(20), [group(5, 30), group(9, 31), group(5, 32), group(9, 32)])).toEqual([
    'group',
    'group',
    'passed',
    'group',
  ]);
  expect(kindsOf(stateFrom(20), [group(25, 30)])).toEqual(['passed']);
});

test('an ownership that began with a message that is lost counts, one that began elsewhere does not', () => {
  const known: JournalState = { ...stateFrom(8), isSure: true, epoch: 2, position: 6, hasGroup: true };
  expect(kindsOf(stateBehindHole(known, 11), [group(7, 6), group(9, 6), group(2, 7), group(9, 7)])).toEqual([
    'passed',
    'group',
    'passed',
    'group',
  ]);
});

test('the first group of an owner is where the owner has read to, whatever others have read', () => {
  const known: JournalState = { ...stateFrom(8), isSure: true, epoch: 2, position: 6, hasGroup: true };
  expect(kindsOf(known, [own(8), group(8, 4), group(8, 4), group(8, 5)])).toEqual([
    'own',
    'group',
    'passed',
    'group',
  ]);
});
