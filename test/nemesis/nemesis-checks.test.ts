import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JournalEvent } from '../../shards/store/journal-entry.js';
import { named, visitor } from '../../shards/store/user-key.js';
import { builtFile } from '../support/built.js';
import { seededRandom } from '../support/random.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { checkJournals } from './checks/check-journals.js';
import { DroppedEvents } from './checks/dropped-events.js';
import { checkErased, checkStates } from './checks/check-states.js';
import { checkStoredSeqs, checkWelcomes } from './checks/check-sessions.js';
import { Ledgers, type LedgerSession } from './checks/ledgers.js';
import { Problems, type FaultKind } from './checks/problems.js';
import type { StoredShard } from './checks/stored-shards.js';
import { type LedgerLine, parseLedger } from './clients/ledger-line.js';
import { SessionState } from './clients/session-state.js';
import { FaultDeck } from './run/fault-deck.js';
import { FAULTS } from './run/faults.js';

/** A suite that finds nothing proves nothing: each check has to be able to go red. */

function sentOf(session: string, count: number): Extract<LedgerLine, { k: 'sent' }>[] {
  return Array.from({ length: count }, (_, i) => ({
    k: 'sent',
    session,
    seq: i + 1,
    value: 100 + i,
    e: 'view_item',
    item: 'item-1',
  }));
}

function ledgersOf(session: Partial<LedgerSession> = {}): Ledgers {
  const ledgers = new Ledgers();
  const whole = {
    id: 's',
    user: 'ann',
    sent: sentOf('s', 3),
    acked: 2,
    isLeft: false,
    welcomes: [],
    ...session,
  };
  ledgers.sessions.set('s', whole);
  return ledgers;
}

function event(seq: number, more: Partial<JournalEvent> = {}): JournalEvent {
  return {
    user: visitor('s'),
    session: 's',
    seq,
    kind: 2,
    tsMs: 0,
    items: [1],
    value: 99 + seq,
    quantity: 1,
    query: '',
    hits: [],
    eventId: '',
    ...more,
  };
}

function shardOf(events: readonly JournalEvent[], more: Partial<StoredShard> = {}): StoredShard {
  return {
    name: 'shard-0',
    journalStart: 0,
    journalEnd: events.length,
    eventsEnd: events.length,
    checkpoint: events.length,
    events,
    positions: events.map((_, position) => position),
    erased: new Map(),
    removed: new Set(),
    sessions: [],
    states: [],
    damaged: [],
    ...more,
  };
}

function kindsOf(problems: Problems): FaultKind[] {
  const kinds = ['lost', 'double', 'out of order', 'unexpected', 'state', 'seq', 'other'] as const;
  return kinds.filter((kind) => problems.count(kind) > 0);
}

describe('journals', () => {
  test.each<[string, FaultKind[], StoredShard[], Partial<LedgerSession>, boolean]>([
    ['all is there', [], [shardOf([event(1), event(2), event(3)])], {}, true],
    ['what was not acknowledged need not be there', [], [shardOf([event(1), event(2)])], {}, false],
    ['unless all was acknowledged', ['lost'], [shardOf([event(1), event(2)])], {}, true],
    ['of a session that was left it need not', [], [shardOf([event(1), event(2)])], { isLeft: true }, true],
    ['what was acknowledged has to', ['lost'], [shardOf([event(1)])], {}, false],
    ['twice in a journal', ['double'], [shardOf([event(1), event(2), event(2)])], {}, false],
    ['twice in two journals', ['double'], [shardOf([event(1), event(2)]), shardOf([event(2)])], {}, false],
    [
      'on two shards, one after the other',
      [],
      [shardOf([event(1)]), shardOf([event(2), event(3)])],
      {},
      true,
    ],
    ['the second before the first', ['out of order'], [shardOf([event(2), event(1)])], {}, false],
    ['a hole', ['out of order'], [shardOf([event(1), event(3)])], { acked: 1 }, false],
    [
      'of a session nobody had',
      ['unexpected'],
      [shardOf([event(1), event(2), event(1, { session: 'x' })])],
      {},
      false,
    ],
    ['with other content', ['unexpected'], [shardOf([event(1), event(2, { value: 7 })])], {}, false],
    [
      'under another user',
      ['unexpected'],
      [shardOf([event(1), event(2, { user: named('bob') })])],
      {},
      false,
    ],
    ['of the user they became', [], [shardOf([event(1), event(2, { user: named('ann') })])], {}, false],
  ])('%s', (_, kinds, shards, session, isSettled) => {
    const problems = new Problems();
    checkJournals(ledgersOf(session), shards, isSettled, problems);
    expect(kindsOf(problems), problems.lines.join('\n')).toEqual(kinds);
  });

  test('an event over HTTP is lost, double, or nobody’s', () => {
    const post = { k: 'posted', id: 'p', user: 'ann', value: 5, item: 'item-1' } as const;
    const posted = event(0, { user: named('ann'), session: '', eventId: 'p', value: 5 });
    const check = (events: JournalEvent[], isAnswered: boolean): FaultKind[] => {
      const ledgers = new Ledgers();
      ledgers.posts.set('p', { ...post, isAnswered, isWithheld: false });
      const problems = new Problems();
      checkJournals(ledgers, [shardOf(events)], false, problems);
      return kindsOf(problems);
    };
    expect(check([posted], true)).toEqual([]);
    expect(check([], false)).toEqual([]);
    expect(check([], true)).toEqual(['lost']);
    expect(check([posted, posted], true)).toEqual(['double']);
    expect(check([posted, { ...posted, eventId: 'q' }], true)).toEqual(['unexpected']);
  });
});

describe('who takes consent back, and who is erased', () => {
  const ann = (value: number): JournalEvent =>
    event(0, { user: named('ann'), session: '', eventId: `p${value}`, value });
  const posted = (value: number): LedgerLine[] => [
    { k: 'posted', id: `p${value}`, user: 'ann', value, item: 'item-1' },
    { k: 'answered', id: `p${value}` },
  ];
  const readLedgers = (lines: readonly LedgerLine[]): Ledgers => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'leaving-1.ledger'),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    return Ledgers.read(folder);
  };
  const check = (lines: readonly LedgerLine[], ...looks: StoredShard[][]): FaultKind[] => {
    const problems = new Problems();
    const dropped = new DroppedEvents();
    const ledgers = readLedgers(lines);
    for (const shards of looks) {
      checkJournals(ledgers, dropped.complete(shards, problems), true, problems);
      checkErased(ledgers, shards, problems);
    }
    return kindsOf(problems);
  };
  const withheld: LedgerLine[] = [...posted(1), { k: 'withheld', user: 'ann' }, ...posted(2)];

  test('what is posted after consent was taken back need not be there, and may not', () => {
    expect(check(withheld, [shardOf([ann(1)])])).toEqual([]);
    expect(check(withheld, [shardOf([])])).toEqual(['lost']);
    expect(check(withheld, [shardOf([ann(1), ann(2)])])).toEqual(['unexpected']);
  });

  const erasing: LedgerLine[] = [...posted(1), { k: 'erasing', user: 'ann' }];
  const erased: LedgerLine[] = [...erasing, { k: 'erased', user: 'ann' }];
  /** A journal that says behind its events that Ann is erased. */
  const said = (events: JournalEvent[], at = events.length): StoredShard =>
    shardOf(events, { erased: new Map([[named('ann'), at]]) });

  test('who is being erased is there or gone; who is erased is gone, and stays so', () => {
    expect([check(erasing, [shardOf([ann(1)])]), check(erasing, [shardOf([])])]).toEqual([[], []]);
    expect(
      check(erased, [said([ann(1)])], [shardOf([], { journalStart: 1, journalEnd: 1, checkpoint: 1 })]),
    ).toEqual([]);
    expect(check(erased, [shardOf([ann(1)])])).toEqual(['unexpected']);
    expect(check(erased, [said([ann(1)], -1)])).toEqual(['unexpected']);
    const rows = { sessions: [{ userId: named('ann'), sessionId: 's', seq: 1, atMs: 0 }] };
    expect(check(erased, [shardOf([], rows)])).toEqual(['state']);
  });

  test('journals of shards that are gone are written no more: whoever is erased elsewhere is gone there as well', () => {
    expect(check(erased, [said([]), shardOf([ann(1)], { name: 'retired/shard-1-1' })])).toEqual([]);
  });
});

describe('a visitor who passes by', () => {
  const who = 'passing-1-visitor-0'.padEnd(32, '-');
  const clicked = event(0, { user: visitor(who), session: '', eventId: 'p1', value: 1 });
  const ledgers = new Ledgers();
  const line = { k: 'posted', id: 'p1', user: who, isPassing: true, value: 1, item: 'item-1' } as const;
  ledgers.posts.set('p1', { ...line, isAnswered: true, isWithheld: false });
  const check = (shard: StoredShard): FaultKind[] => {
    const problems = new Problems();
    const shards = new DroppedEvents().complete([shard], problems);
    const held = checkJournals(ledgers, shards, true, problems);
    checkStates(ledgers, shards, { held, indexOf: () => 1 }, problems);
    return kindsOf(problems);
  };

  test('may be gone when a journal says so, and their events are in it still', () => {
    expect(check(shardOf([clicked], { removed: new Set([visitor(who)]) }))).toEqual([]);
    expect(check(shardOf([clicked]))).toEqual(['state']);
    expect(check(shardOf([], { removed: new Set([visitor(who)]) }))).toEqual(['lost']);
    expect(check(shardOf([{ ...clicked, user: named(who) }]))).toEqual(['unexpected', 'state']);
  });
});

describe('journals of which the beginning was dropped', () => {
  const all = [event(1), event(2), event(3)];
  const rest = (from: number, more: Partial<StoredShard> = {}): StoredShard =>
    shardOf(all.slice(from), {
      journalStart: from,
      journalEnd: 3,
      checkpoint: 3,
      positions: [0, 1, 2].slice(from),
      ...more,
    });
  const look = (...looks: StoredShard[][]): FaultKind[] => {
    const problems = new Problems();
    const dropped = new DroppedEvents();
    for (const shards of looks)
      checkJournals(ledgersOf(), dropped.complete(shards, problems), true, problems);
    return kindsOf(problems);
  };

  test('what was seen before is not lost, also when the shard is taken away and another has its name', () => {
    expect(look([rest(0)], [rest(1)], [rest(2)])).toEqual([]);
    const retired = rest(2, { name: 'retired/shard-0-1' });
    expect(look([rest(0)], [rest(2)], [retired, shardOf([])])).toEqual([]);
  });

  test('what goes unseen, what no state contains, and what is gone without having been dropped', () => {
    expect(look([rest(2)])).toEqual(['lost', 'other']);
    expect(look([rest(0)], [rest(2, { checkpoint: 1 })])).toEqual(['lost']);
    expect(look([rest(0)], [rest(1, { events: all.slice(2), positions: [2] })])).toEqual(['lost']);
  });
});

describe('[D4] welcome.seq', () => {
  const check = (seq: number, heldAtDeath?: number): FaultKind[] => {
    const problems = new Problems();
    const ledgers = ledgersOf({ welcomes: [{ seq, acked: 1, sent: 3 }] });
    const held = heldAtDeath === undefined ? undefined : { seqs: new Map([['s', heldAtDeath]]) };
    checkWelcomes(ledgers, new Map([['s', 0]]), held, problems);
    return kindsOf(problems);
  };

  test('is between what was acknowledged and what was sent, and exact after a start', () => {
    expect([check(1), check(3), check(2, 2)]).toEqual([[], [], []]);
    expect([check(0), check(4), check(3, 2)]).toEqual([['seq'], ['seq'], ['seq']]);
  });

  test('what is stored of a session is its last event in a journal', () => {
    const check = (seq: number, userId: string): FaultKind[] => {
      const problems = new Problems();
      const sessions = [{ userId, sessionId: 's', seq, atMs: 0 }];
      checkStoredSeqs(ledgersOf(), [shardOf([], { sessions })], { seqs: new Map([['s', 2]]) }, problems);
      return kindsOf(problems);
    };
    expect(check(2, named('ann'))).toEqual([]);
    expect(check(1, visitor('s'))).toEqual(['seq']);
    expect(check(2, named('bob'))).toEqual(['seq']);
  });
});

test('a ledger whose last line was cut off goes on from the lines before', () => {
  const lines: LedgerLine[] = [
    { k: 'session', session: 's' },
    ...sentOf('s', 2),
    { k: 'acked', session: 's', seq: 1 },
    { k: 'user', session: 's', user: 'ann' },
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const session = SessionState.of(parseLedger(`${text}{"k":"le`));
  expect(session).toMatchObject({ id: 's', user: 'ann', acked: 1, unacked: 1 });
  expect(SessionState.of(parseLedger(`${text}{"k":"left","session":"s"}\n`))).toBeUndefined();
});

test('every fault has its turn before any comes again, in an order of the seed', () => {
  const names = (seed: number): string[] => {
    const deck = new FaultDeck(FAULTS, seededRandom(seed));
    return FAULTS.map(() => deck.next().name);
  };
  expect(names(1).toSorted()).toEqual(FAULTS.map(({ name }) => name).toSorted());
  expect(names(1)).toEqual(names(1));
  expect(names(1)).not.toEqual(names(2));
});

test('the product carries no fault points, and each point that a fault names is in the source', () => {
  const built = (readdirSync(builtFile(''), { recursive: true }) as string[]).filter((file) =>
    file.endsWith('.js'),
  );
  expect(built.filter((file) => file.endsWith('fault-point.js') && !file.startsWith('test'))).toEqual([]);
  const product = built.filter((file) => /^(gateway|shards|metrics|model)\//.test(file));
  expect(product.filter((file) => readFileSync(builtFile(file), 'utf8').includes('faultPoint'))).toEqual([]);
  const sources = ['gateway', 'shards'].flatMap((floor) =>
    (readdirSync(floor, { recursive: true }) as string[])
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(floor, file), 'utf8')),
  );
  const points = FAULTS.flatMap(({ name }) => / at (\w+\.\w+)$/.exec(name)?.[1] ?? []);
  expect(points.length).toBeGreaterThan(20);
  const missing = points.filter(
    (point) => !sources.some((source) => source.includes(`faultPoint('${point}');`)),
  );
  expect(missing).toEqual([]);
});
