import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  isVisitor,
  named,
  nameOf,
  visitor,
  type NamedKey,
  type UserKey,
  type VisitorKey,
} from '../../shards/store/user-key.js';
import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import { NODE } from '../../shards/graph/interest/interest-slabs.js';
import type { EventTaken, OpenedSession } from '../../shards/pool/shard-pool.js';
import { decodeEvents } from '../../shards/store/journal-record.js';
import type { SlotDefinition } from '../../shards/wire/slot-lists.js';
import { tinyModel } from '../support/model/tiny-models.js';
import type { HeardPool } from '../support/shards/heard-pool.js';
import { POOL_KINDS } from '../support/shards/pool-kinds.js';
import { anEvent, slotOf } from '../support/shards/shard-calls.js';
import { ITEMS } from '../support/shards/shard-harness.js';
import { NO_SOURCE } from '../support/model/no-source.js';

/** A list of it says by what is missing which items the user has seen. */
const UNSEEN: Partial<SlotDefinition> = { excludeSeen: 2, k: ITEMS };

describe.each(POOL_KINDS)('a $name pool', (kind) => {
  let heard: HeardPool;
  let stop: () => Promise<void>;
  let users = 0;

  beforeAll(async () => {
    const started = await kind.start();
    heard = started.heard;
    stop = () => started.stop();
  });
  afterAll(() => stop());
  beforeEach(() => {
    heard.heard.length = 0;
  });

  /** A name that no test had before. */
  function newName(): string {
    return `user-${users++}`;
  }

  /** A new user who is open with one slot, whose list has come; nothing of it is in `heard` any more. */
  async function newUser(slot: Partial<SlotDefinition> = UNSEEN): Promise<OpenedSession> {
    const opened = await heard.openUser(newName(), slot);
    heard.heard.length = 0;
    return opened;
  }

  function click(by: OpenedSession, seq: number, item: number): EventTaken {
    return heard.pool.event(by.channel, by.session, anEvent({ seq, on: [item] }));
  }

  function reopen({ user }: OpenedSession): Promise<OpenedSession> {
    return isVisitor(user) ? visitorAgain(user) : heard.pool.open(user, `session of ${user}`);
  }

  async function visitorAgain(user: VisitorKey): Promise<OpenedSession> {
    const opened = await heard.pool.openVisitor(user);
    if ('mergedSeq' in opened) throw new Error('the visitor was merged');
    return opened;
  }

  /** As `newUser`, for a visitor. */
  async function newVisitor(): Promise<OpenedSession & { readonly user: VisitorKey }> {
    const opened = await heard.openVisitor(newName(), UNSEEN);
    heard.heard.length = 0;
    return opened as OpenedSession & { readonly user: VisitorKey };
  }

  /** What was said, without what it was said of. */
  function ops(): string[] {
    return heard.heard.map(({ op }) => op);
  }

  function unseen(by: OpenedSession, of: readonly number[]): Promise<readonly number[]> {
    return heard.rank({ by, of, slot: UNSEEN });
  }

  describe('opens', () => {
    test('[D4] a new session at 0', async () => {
      const name = newName();
      expect(await heard.pool.open(named(name), 'tab')).toMatchObject({ user: name, seq: 0 });
    });

    test('[D4] a session again at its last event, when that is durable', async () => {
      const ann = await newUser();
      const { channel, session, user } = ann;
      for (let seq = 1; seq <= 3; seq++) click(ann, seq, seq);
      await heard.until(() => ops().filter((op) => op === 'applied').length === 3, 'three events');
      expect(await reopen(ann)).toMatchObject({ channel, session, user, seq: 3 });
      expect(heard.heard).toContainEqual({ op: 'durable', session, seq: 3 });
    });

    test('[R2] with the rev of the latest list', async () => {
      const ann = await newUser();
      await heard.send(ann, anEvent({ seq: 1, on: [3] }));
      expect((await reopen(ann)).rev).toBe(heard.lists(ann.channel).at(-1)?.rev);
    });

    test('[R2] two sessions of one user on one channel', async () => {
      const phone = await newUser();
      const laptop = await heard.pool.open(phone.user as NamedKey, 'laptop');
      expect(laptop.channel).toBe(phone.channel);
      expect(laptop.session).not.toBe(phone.session);
      await heard.send(laptop, anEvent({ seq: 1, on: [3] }));
      await heard.send(phone, anEvent({ seq: 1, on: [4] }));
      expect(await unseen(phone, [3, 4, 5])).toEqual([5]);
      expect(heard.heard.filter(({ op }) => op === 'durable')).toEqual([
        { op: 'durable', session: laptop.session, seq: 1 },
        { op: 'durable', session: phone.session, seq: 1 },
      ]);
    });

    test('[D1][D4] a session that closed right after an event, behind that event', async () => {
      const ann = await newUser();
      click(ann, 1, 3);
      heard.pool.close(ann.session);
      const again = await reopen(ann);
      expect(again.seq).toBe(1);
      expect(await unseen(again, [3, 4])).toEqual([4]);
    });

    test('a session until it was closed as often as it was opened', async () => {
      const ann = await newUser();
      await reopen(ann);
      heard.pool.close(ann.session);
      expect(click(ann, 1, 3)).toBe('taken');
      await heard.durable(ann, 1);
      heard.pool.close(ann.session);
      expect(click(ann, 2, 4)).toBe('busy');
    });
  });

  describe('takes an event', () => {
    test('[D1][R1] that is applied, then in a list, then durable', async () => {
      const ann = await newUser();
      await heard.send(ann, anEvent({ seq: 1, on: [3] }));
      expect(ops()).toEqual(['applied', 'list', 'durable']);
      expect([...heard.lists(ann.channel)[0].items]).not.toContain(3);
      expect(heard.lists(ann.channel)[0].items).toHaveLength(ITEMS - 1);
    });

    test('[D2] once: a repeat is acknowledged, brings no list and changes nothing', async () => {
      const ann = await newUser();
      await heard.send(ann, anEvent({ seq: 1, on: [3] }));
      heard.heard.length = 0;
      await heard.send(ann, anEvent({ seq: 1, on: [3], tsMs: 1 }));
      expect(ops()).toEqual(['applied', 'durable']);
      expect(await unseen(ann, [3, 4])).toEqual([4]);
    });

    test('[D2] and acknowledges a repeat by itself, not what came after it', async () => {
      const ann = await newUser();
      for (let seq = 1; seq <= 3; seq++) click(ann, seq, seq);
      await heard.durable(ann, 3);
      heard.heard.length = 0;
      await heard.send(ann, anEvent({ seq: 2, on: [2] }));
      expect(heard.heard.filter(({ op }) => op === 'durable')).toEqual([
        { op: 'durable', session: ann.session, seq: 2 },
      ]);
    });

    test('[D2] not when another one has its number, and says which is free', async () => {
      const ann = await newUser();
      for (let seq = 1; seq <= 3; seq++) click(ann, seq, seq);
      await heard.durable(ann, 3);
      heard.heard.length = 0;
      click(ann, 2, 5);
      expect(await unseen(ann, [2, 5])).toEqual([5]);
      expect(heard.heard).toEqual([{ op: 'refused', session: ann.session, seq: 2, expected: 4 }]);
      await heard.send(ann, anEvent({ seq: 4, on: [5] }));
      expect(await unseen(ann, [2, 5])).toEqual([]);
    });

    test('[D2] known by what it was, also when its session was closed and opened again', async () => {
      const ann = await newUser();
      click(ann, 1, 3);
      await heard.durable(ann, 1);
      heard.pool.close(ann.session);
      const again = await reopen(ann);
      heard.heard.length = 0;
      click(again, 1, 4);
      await heard.send(again, anEvent({ seq: 2, on: [5] }));
      expect(heard.heard).toContainEqual({ op: 'refused', session: again.session, seq: 1, expected: 2 });
      expect(await unseen(again, [3, 4, 5])).toEqual([4]);
    });

    test('[D3] not behind a gap, and says which it expects', async () => {
      const ann = await newUser();
      await heard.send(ann, anEvent({ seq: 1, on: [3] }));
      heard.heard.length = 0;
      click(ann, 3, 5);
      expect(await unseen(ann, [3, 5])).toEqual([5]);
      expect(heard.heard).toEqual([{ op: 'refused', session: ann.session, seq: 3, expected: 2 }]);
      await heard.send(ann, anEvent({ seq: 2, on: [4] }));
    });

    test('[R1][R3] and many in their order, with a list behind the last', async () => {
      const ann = await newUser();
      for (let seq = 1; seq <= 20; seq++) click(ann, seq, seq);
      await heard.durable(ann, 20);
      const applied = heard.heard.flatMap((said) => (said.op === 'applied' ? [said.seq] : []));
      expect(applied).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(ops().lastIndexOf('list')).toBeGreaterThan(ops().lastIndexOf('applied'));
      expect(heard.lists(ann.channel).at(-1)?.items).toHaveLength(ITEMS - 20);
    });
  });

  describe('makes lists', () => {
    test('[R1][R2] of every subscribed slot after an event, with revs that count up', async () => {
      const ann = await newUser({ name: 'home' });
      heard.pool.subscribe(ann.channel, [slotOf({ name: 'side' }), slotOf({ name: 'cart' })]);
      for (let seq = 1; seq <= 3; seq++) {
        heard.heard.length = 0;
        await heard.send(ann, anEvent({ seq, on: [seq] }));
        const slots = heard.heard.flatMap((said) => (said.op === 'list' ? [said.slot] : []));
        expect(slots.slice(-3).sort()).toEqual(['cart', 'home', 'side']);
        const revs = heard.lists(ann.channel).map(({ rev }) => rev);
        expect(revs.every((rev, i) => i === 0 || rev > revs[i - 1])).toBe(true);
      }
    });

    test('of a slot as it was defined last', async () => {
      const ann = await newUser({ k: 5 });
      heard.pool.subscribe(ann.channel, [slotOf({ k: 7 })]);
      await heard.send(ann, anEvent({ seq: 1, on: [3] }));
      const lengths = heard.lists(ann.channel).map(({ items }) => items.length);
      expect(new Set(lengths)).toEqual(new Set([7]));
    });

    test('of no slot that was unsubscribed', async () => {
      const ann = await newUser({ name: 'home' });
      heard.pool.unsubscribe(ann.channel, ['home']);
      await heard.send(ann, anEvent({ seq: 1, on: [3] }));
      expect(ops()).toEqual(['applied', 'durable']);
    });

    test('[R4] of the slots that hold an item which has changed, and of no other', async () => {
      const [ann, bob] = [
        await heard.openUser(newName(), { k: 5 }),
        await heard.openUser(newName(), { k: 1 }),
      ];
      const [ofAnn, ofBob] = [ann, bob].map(({ channel }) => [...(heard.lists(channel).at(-1)?.items ?? [])]);
      const changed = ofAnn.filter((item) => !ofBob.includes(item)).slice(-1);
      heard.heard.length = 0;
      heard.pool.catalogueChanged({
        items: Int32Array.from(changed),
        arrived: new Int32Array(0),
        columns: [],
      });
      await heard.until(() => heard.lists(ann.channel).length > 0, 'a new list');
      heard.pool.catalogueChanged({ items: Int32Array.from(ofBob), arrived: new Int32Array(0), columns: [] });
      await heard.until(() => heard.lists(bob.channel).length > 0, 'another');
      expect(heard.lists(bob.channel)).toHaveLength(1);
    });
  });

  describe('ranks', () => {
    test('[R1] seeing the events before it, and not those after', async () => {
      const ann = await newUser();
      click(ann, 1, 3);
      const between = unseen(ann, [3, 4, 5]);
      click(ann, 2, 4);
      expect([...(await between)].sort()).toEqual([4, 5]);
    });

    test('[T2] each once, in the order of the calls', async () => {
      const ann = await newUser();
      const answers: number[] = [];
      const asked = Array.from({ length: 10 }, (_, i) => {
        if (i % 3 === 0) click(ann, 1 + i / 3, 30 + i);
        return heard.rank({ by: ann, of: [i, i + 10] }).then(() => answers.push(i));
      });
      await Promise.all(asked);
      await reopen(ann);
      expect(answers).toEqual(Array.from({ length: 10 }, (_, i) => i));
    });

    test('also when the channel closes right behind the question: with the order, or that nobody is there', async () => {
      const ann = await newUser();
      const asked = heard.rank({ by: ann, of: [1, 2] }).catch((error: Error) => error.message);
      heard.pool.close(ann.session);
      expect(await asked).toSatisfy((answer) => /gone/.test(answer) || answer.length === 2);
    });

    test('[T1] nobody for a channel that is closed, and says so at once', async () => {
      const ann = await newUser();
      heard.pool.close(ann.session);
      await expect(unseen(ann, [1])).rejects.toThrow('gone');
    });

    test('[R1] for a user without a connection', async () => {
      const name = named(newName());
      await heard.pool.eventsFor(name, [anEvent({ on: [1], eventId: 'a' })]);
      const request = { slot: slotOf(UNSEEN), candidates: Int32Array.of(1, 2), deadlineUs: 0 };
      const items = await new Promise((resolve) =>
        heard.pool.rankFor(name, request, (outcome) =>
          resolve(typeof outcome === 'string' ? outcome : [...outcome.items]),
        ),
      );
      expect(items).toEqual([2]);
    });
  });

  describe('takes events without a session', () => {
    test('[D2] each key once, with outcomes in their order', async () => {
      const name = named(newName());
      const events = ['a', 'b', 'a'].map((eventId) => anEvent({ on: [1], eventId }));
      expect(await heard.pool.eventsFor(name, events)).toEqual(['applied', 'applied', 'duplicate']);
      expect(await heard.pool.eventsFor(name, events.slice(1))).toEqual(['duplicate', 'duplicate']);
      expect(await heard.pool.eventsFor(name, [anEvent({ on: [1], eventId: 'c' })])).toEqual(['applied']);
    });

    test('[D2] and knows which keys were used', async () => {
      const name = named(newName());
      await heard.pool.eventsFor(name, [anEvent({ on: [1], eventId: 'a' })]);
      expect(await heard.pool.knownEvents(name, ['b', 'a'])).toEqual([false, true]);
      expect(await heard.pool.knownEvents(named(newName()), ['a'])).toEqual([false]);
    });

    test('[R1] and sends lists to their user’s connections', async () => {
      const ann = await newUser();
      await heard.pool.eventsFor(ann.user, [anEvent({ on: [3], eventId: 'a' })]);
      expect(ops()).toEqual(['list']);
      expect([...heard.lists(ann.channel)[0].items]).not.toContain(3);
    });
  });

  describe('merges a visitor into a user', () => {
    async function both() {
      return [(await newUser()) as OpenedSession & { readonly user: NamedKey }, await newVisitor()] as const;
    }

    test('[D1][D2] who has the events and the session of both from then on', async () => {
      const [ann, shopper] = await both();
      await heard.send(ann, anEvent({ seq: 1, on: [3] }));
      click(shopper, 1, 7);
      expect(await heard.pool.merge(shopper.user, ann.user)).toBe(true);
      expect(await unseen(ann, [3, 7, 8])).toEqual([8]);
      heard.pool.close(shopper.session);
      const again = await heard.pool.open(ann.user, nameOf(shopper.user));
      expect(again).toMatchObject({ user: ann.user, channel: ann.channel, seq: 1 });
    });

    test('[D2] once, while the visitor is still open and after', async () => {
      const [ann, shopper] = await both();
      const bob = await newUser();
      click(shopper, 1, 7);
      expect(await heard.pool.merge(shopper.user, ann.user)).toBe(true);
      expect(await heard.pool.merge(shopper.user, ann.user)).toBe(false);
      expect(await heard.pool.merge(shopper.user, bob.user as NamedKey)).toBe(false);
      heard.pool.close(shopper.session);
      expect(await heard.pool.merge(shopper.user, ann.user)).toBe(false);
      expect(await unseen(bob, [7])).toEqual([7]);
    });

    test('[D2] into one of two, when both ask at once', async () => {
      const [ann, shopper] = await both();
      const bob = await newUser();
      click(shopper, 1, 7);
      const merges = [ann, bob].map(({ user }) => heard.pool.merge(shopper.user, user as NamedKey));
      expect(await Promise.all(merges)).toEqual([true, false]);
      expect(await unseen(ann, [7, 8])).toEqual([8]);
      expect(await unseen(bob, [7])).toEqual([7]);
    });

    test('[D1] and says so to the visitor’s channel, of which it takes no more events', async () => {
      const [ann, shopper] = await both();
      click(shopper, 1, 7);
      const merged = heard.pool.merge(shopper.user, ann.user);
      expect(click(shopper, 2, 8)).toBe('busy');
      await merged;
      expect(heard.heard.filter(({ op }) => op === 'moved')).toEqual([
        { op: 'moved', channel: shopper.channel, into: ann.user },
      ]);
      expect(heard.heard).toContainEqual({ op: 'durable', session: shopper.session, seq: 1 });
      expect(click(shopper, 2, 8)).toBe('busy');
    });

    test('[D1] whom nobody opens any more, not even who came while it went on; their last seq is told', async () => {
      const [ann, shopper] = await both();
      for (let seq = 1; seq <= 3; seq++) click(shopper, seq, seq);
      const merged = heard.pool.merge(shopper.user, ann.user);
      const meanwhile = heard.pool.openVisitor(shopper.user);
      await merged;
      expect(await meanwhile).toEqual({ mergedSeq: 3 });
      expect(await heard.pool.openVisitor(shopper.user)).toEqual({ mergedSeq: 3 });
    });

    test('[D2] whose events without a session are no new events of the user', async () => {
      const [ann, shopper] = await both();
      const order = anEvent({ on: [9], eventId: 'order' });
      await heard.pool.eventsFor(shopper.user, [order]);
      await heard.pool.merge(shopper.user, ann.user);
      const other = anEvent({ on: [8], eventId: 'other' });
      expect(await heard.pool.eventsFor(ann.user, [order, other])).toEqual(['duplicate', 'applied']);
    });

    test('[R1] for whom nobody ranks or sends events without a session', async () => {
      const [ann, shopper] = await both();
      click(shopper, 1, 7);
      await heard.pool.merge(shopper.user, ann.user);
      await expect(
        heard.pool.eventsFor(shopper.user, [anEvent({ on: [9], eventId: 'a' })]),
      ).rejects.toMatchObject({ name: 'MergedError' });
      const outcome = await new Promise((resolve) =>
        heard.pool.rankFor(shopper.user, { slot: slotOf(), deadlineUs: 0 }, resolve),
      );
      expect(outcome).toBe('merged');
      expect(await unseen(ann, [9])).toEqual([9]);
    });

    test('unless there is nothing of the visitor; they go on as they were', async () => {
      const [ann, shopper] = await both();
      expect(await heard.pool.merge(visitor(newName()), ann.user)).toBe(false);
      expect(await heard.pool.merge(shopper.user, ann.user)).toBe(false);
      expect(ops()).not.toContain('moved');
      expect(click(shopper, 1, 7)).toBe('taken');
      expect(await unseen(ann, [7])).toEqual([7]);
    });

    test('[D2] when the user is opened with the visitor’s session', async () => {
      const [name, session] = [named(newName()), newName()];
      const opened = await heard.openVisitor(session, UNSEEN);
      await heard.send(opened, anEvent({ seq: 1, on: [7] }));
      heard.pool.close(opened.session);
      const merged = await heard.pool.open(name, session, visitor(session));
      expect(merged).toMatchObject({ user: name, seq: 1 });
      expect(await unseen(merged, [7, 8])).toEqual([8]);
    });

    test('[D4] and leaves a session of the user alone that has the same name', async () => {
      const [ann, shopper] = await both();
      const session = nameOf(shopper.user);
      const own = await heard.pool.open(ann.user, session);
      for (let seq = 1; seq <= 3; seq++) await heard.send(own, anEvent({ seq, on: [20 + seq] }));
      heard.pool.close(own.session);
      click(shopper, 1, 7);
      expect(await heard.pool.open(ann.user, session, shopper.user)).toMatchObject({ seq: 3 });
      expect(await unseen(ann, [7, 8])).toEqual([8]);
    });

    test('[D1] and never a user of the same name', async () => {
      const name = newName();
      const customer = await heard.openUser(name, UNSEEN);
      await heard.send(customer, anEvent({ seq: 1, on: [3] }));
      const thief = await newUser();
      const opened = await heard.pool.open(thief.user as NamedKey, name, visitor(name));
      expect(opened.seq).toBe(0);
      expect(await unseen(thief, [3])).toEqual([3]);
      expect(await reopen(customer)).toMatchObject({ user: customer.user, seq: 1 });
    });
  });

  test('[R1] gives the graph of anybody, as of what was sent before', async () => {
    const ann = await newUser();
    click(ann, 1, 3);
    click(ann, 2, 4);
    const items = async (user: UserKey) =>
      (await heard.pool.graph(user)).nodes.filter(({ kind }) => kind === NODE.item).map(({ key }) => key);
    expect((await items(ann.user)).sort()).toEqual([3, 4]);
    expect(await items(named(newName()))).toEqual([]);
    const [node] = (await heard.pool.graph(ann.user)).nodes;
    expect(node.firstMs).toBeGreaterThan(0);
    expect(node.lastMs).toBeGreaterThanOrEqual(node.firstMs);
    const session = newName();
    const shopper = await heard.openVisitor(session, UNSEEN);
    await heard.send(shopper, anEvent({ seq: 1, on: [7] }));
    expect(await items(visitor(session))).toEqual([7]);
    await heard.pool.merge(visitor(session), ann.user as NamedKey);
    await expect(heard.pool.graph(visitor(session))).rejects.toMatchObject({ name: 'MergedError' });
    expect((await items(ann.user)).sort()).toEqual([3, 4, 7]);
  });

  test('[D1] exports all that is kept of a user, of the visitors who became theirs too, and of nobody else', async () => {
    const [ann, bob] = [await newUser(), await newUser()];
    const session = newName();
    const shopper = await heard.openVisitor(session, UNSEEN);
    await heard.send(bob, anEvent({ seq: 1, on: [9] }));
    await heard.send(ann, anEvent({ seq: 1, on: [3], kind: EVENT_KIND.purchase }));
    await heard.send(ann, anEvent({ seq: 2, on: [4] }));
    await heard.send(shopper, anEvent({ seq: 1, on: [7] }));
    await heard.pool.merge(visitor(session), ann.user as NamedKey);
    const items: number[] = [];
    const sessions = new Set<string>();
    for await (const { events, kept } of heard.pool.exportOf(ann.user)) {
      items.push(...events.flatMap((event) => event.items));
      for (const { sessionId } of kept?.sessions ?? []) sessions.add(sessionId);
      for (const event of events) sessions.add(event.session);
    }
    expect(items).toEqual([3, 4, 7]);
    expect(sessions).toEqual(new Set([`session of ${ann.user}`, session]));
  });

  test('gives the newest journal records, with all that was said of each event', async () => {
    const ann = await newUser();
    await heard.send(ann, anEvent({ seq: 1, on: [3], kind: EVENT_KIND.purchase }));
    await heard.pool.eventsFor(ann.user, [anEvent({ on: [4], eventId: 'a' })]);
    const events = (await heard.pool.recentRecords(1_000)).flatMap((record) => decodeEvents(record));
    expect(events.filter(({ user }) => user === ann.user)).toEqual([
      {
        ...anEvent({ seq: 1, on: [3], kind: EVENT_KIND.purchase }),
        user: ann.user,
        session: `session of ${ann.user}`,
        hits: [],
        eventId: '',
      },
      { ...anEvent({ on: [4], eventId: 'a' }), user: ann.user, session: '', hits: [] },
    ]);
  });

  test('[R1] sends new lists when the model is another', async () => {
    const ann = await newUser();
    await heard.pool.swapModel(tinyModel({ name: 'next', tag: 12, width: 8 })(64), NO_SOURCE);
    await heard.until(() => heard.lists(ann.channel).length > 0, 'a new list');
    expect(heard.lists(ann.channel)[0].model).toBe(heard.pool.model);
  });
});
