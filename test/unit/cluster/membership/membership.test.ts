import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HEARTBEAT_MS,
  Membership,
  SUSPECT_MS,
  type NodeMark,
} from '../../../../cluster/membership/membership.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

/** Nodes on one clock, whose heartbeats arrive at once where nothing is cut. */
class Nodes {
  readonly clock = new FakeClock();
  readonly names: readonly string[];
  readonly members: Map<string, Membership>;
  /** Whose heartbeats do not reach whom. */
  isCut = (_from: string, _to: string): boolean => false;
  isPaused = (_node: string): boolean => false;

  constructor(count: number, marks: Record<string, NodeMark> = {}) {
    this.names = Array.from({ length: count }, (_, i) => `n${i}`);
    this.members = new Map(this.names.map((name) => [name, new Membership(name, this.clock)]));
    const known = new Map(this.names.map((name): [string, NodeMark] => [name, marks[name] ?? 'member']));
    for (const member of this.members.values()) member.learn(known);
  }

  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += HEARTBEAT_MS) {
      this.clock.advanceMs(HEARTBEAT_MS);
      for (const from of this.names) if (!this.isPaused(from)) this.#beat(from);
    }
  }

  #beat(from: string): void {
    const beat = this.members.get(from)!.beat();
    for (const [to, member] of this.members)
      if (to !== from && !this.isCut(from, to) && !this.isPaused(to)) member.hear(beat);
  }

  of(node: string) {
    return this.members.get(node)!.view();
  }
}

/** Time for everybody to notice everything, and to tell each other. */
const SETTLED_MS = 3 * SUSPECT_MS;

const healthy = (count: number, marks?: Record<string, NodeMark>): Nodes => {
  const nodes = new Nodes(count, marks);
  nodes.pass(SETTLED_MS);
  return nodes;
};

describe('a node', () => {
  test('listens before it acts', () => {
    const nodes = new Nodes(3);
    nodes.pass(SUSPECT_MS - HEARTBEAT_MS);
    expect(nodes.of('n0').hindrance).toBe('listening');
    nodes.pass(HEARTBEAT_MS);
    expect(nodes.of('n0')).toEqual({ eligible: ['n0', 'n1', 'n2'], hindrance: undefined });
  });

  test('keeps nothing of nodes that nobody has made known', () => {
    const member = new Membership('n0', new FakeClock());
    member.learn(
      new Map([
        ['n0', 'member'],
        ['n1', 'member'],
      ]),
    );
    expect(member.hear({ node: 'n1', hears: [] })).toBe(true);
    expect(member.hear({ node: 'made-up', hears: ['n0'] })).toBe(false);
    // Nothing was kept for the day on which it is known.
    member.learn(
      new Map([
        ['n0', 'member'],
        ['made-up', 'member'],
      ]),
    );
    expect(member.alive).toEqual(['n0']);
  });

  test('takes another for dead after 600 ms without a word, and not before', () => {
    const nodes = healthy(3);
    nodes.isPaused = (node) => node === 'n2';
    nodes.pass(SUSPECT_MS);
    expect(nodes.of('n0').eligible).toEqual(['n0', 'n1', 'n2']);
    nodes.pass(HEARTBEAT_MS);
    expect(nodes.of('n0')).toEqual({ eligible: ['n0', 'n1'], hindrance: undefined });
  });

  test.each(['draining', 'evicted'] as const)('that is %s gets nothing, and others go on', (mark) => {
    const nodes = healthy(3, { n1: mark });
    expect(nodes.of('n1')).toEqual({ eligible: ['n0', 'n2'], hindrance: mark });
    expect(nodes.of('n0')).toEqual({ eligible: ['n0', 'n2'], hindrance: undefined });
  });

  test('that is draining has a voice in the majority, one that is evicted has none', () => {
    const draining = healthy(3, { n1: 'draining' });
    draining.isPaused = (node) => node === 'n2';
    draining.pass(SETTLED_MS);
    expect(draining.of('n0').hindrance).toBeUndefined();
    const evicted = healthy(3, { n1: 'evicted' });
    evicted.isPaused = (node) => node === 'n2';
    evicted.pass(SETTLED_MS);
    expect(evicted.of('n0').hindrance).toBe('minority');
  });

  test('that nobody has registered does nothing', () => {
    const nodes = healthy(2);
    nodes.members.get('n0')!.learn(new Map([['n1', 'member']]));
    expect(nodes.of('n0')).toEqual({ eligible: ['n1'], hindrance: 'unregistered' });
  });

  test('that hears all and is heard by nobody may not take over: it would do so again and again', () => {
    const nodes = healthy(3);
    nodes.isCut = (from) => from === 'n0';
    nodes.pass(SETTLED_MS);
    expect(nodes.of('n0')).toEqual({ eligible: ['n0', 'n1', 'n2'], hindrance: 'minority' });
    expect(nodes.of('n1')).toEqual({ eligible: ['n1', 'n2'], hindrance: undefined });
  });

  test('that others hear is there for whom it does not reach, as long as they do', () => {
    const nodes = healthy(3);
    nodes.isCut = (from, to) => from !== 'n2' && to !== 'n2';
    nodes.pass(SETTLED_MS);
    for (const node of nodes.names)
      expect(nodes.of(node)).toEqual({ eligible: ['n0', 'n1', 'n2'], hindrance: undefined });
    nodes.isPaused = (node) => node === 'n1';
    nodes.pass(SUSPECT_MS + 2 * HEARTBEAT_MS);
    expect(nodes.of('n0').eligible).toEqual(['n0', 'n2']);
    expect(nodes.of('n2').eligible).toEqual(['n0', 'n2']);
  });

  test('that has left is gone, whatever those say who have not heard of it yet', () => {
    const nodes = healthy(3);
    const [n0, n1, n2] = nodes.names.map((name) => nodes.members.get(name)!);
    nodes.isPaused = (node) => node === 'n1';
    n0.hear({ ...n1.beat(), leaves: true });
    n0.hear(n2.beat());
    expect(n0.alive).toEqual(['n0', 'n2']);
    nodes.pass(SUSPECT_MS);
    expect(n0.alive).toEqual(['n0', 'n2']);
    nodes.isPaused = () => false;
    nodes.pass(HEARTBEAT_MS);
    expect(n0.alive).toEqual(['n0', 'n1', 'n2']);
  });

  test('of which a node of an earlier version, or one with a wrong clock, tells no age that can be, is not there by that', () => {
    const member = new Membership('n0', new FakeClock());
    member.learn(new Map(['n0', 'n1', 'n2'].map((name): [string, NodeMark] => [name, 'member'])));
    member.hear({ node: 'n1', hears: ['n2'] });
    member.hear({ node: 'n1', hears: ['n2'], ages: [-5] });
    member.hear({ node: 'n1', hears: ['n2'], ages: [SUSPECT_MS + 1] });
    member.hear({ node: 'n1', hears: [], ages: [1] });
    expect(member.alive).toEqual(['n0', 'n1']);
    member.hear({ node: 'n1', hears: ['n2'], ages: [SUSPECT_MS] });
    expect(member.alive).toEqual(['n0', 'n1', 'n2']);
  });
});

test('a node that wakes from a pause does nothing before it has listened again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 60 }), fc.integer({ min: 3, max: 5 }), (beats, count) => {
      const nodes = healthy(count);
      nodes.isPaused = (node) => node === 'n0';
      nodes.pass(beats * HEARTBEAT_MS);
      expect(nodes.of('n0').hindrance).toBe('stalled');
      nodes.isPaused = () => false;
      for (let ms = HEARTBEAT_MS; ms <= SUSPECT_MS; ms += HEARTBEAT_MS) {
        nodes.pass(HEARTBEAT_MS);
        expect(nodes.of('n0').hindrance).toBe('listening');
      }
      nodes.pass(HEARTBEAT_MS);
      expect(nodes.of('n0')).toEqual({ eligible: nodes.names, hindrance: undefined });
    }),
  );
});

test('whatever happened before: cut in two, only the greater part acts, and all agree once they are together again', () => {
  const pair = fc.tuple(fc.nat(5), fc.nat(5));
  const trouble = fc.record({
    cuts: fc.array(pair, { maxLength: 8 }),
    paused: fc.array(fc.nat(5), { maxLength: 3 }),
    ms: fc.integer({ min: 1, max: 12 }).map((beats) => beats * HEARTBEAT_MS),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }),
      fc.array(trouble, { maxLength: 5 }),
      fc.nat(63),
      (count, troubles, side) => {
        const nodes = healthy(count);
        for (const { cuts, paused, ms } of troubles) {
          nodes.isCut = (from, to) => cuts.some(([a, b]) => from === `n${a}` && to === `n${b}`);
          nodes.isPaused = (node) => paused.some((index) => node === `n${index}`);
          nodes.pass(ms);
        }
        const isOn = (node: string): boolean => ((side >> Number(node.slice(1))) & 1) === 1;
        nodes.isCut = (from, to) => isOn(from) !== isOn(to);
        nodes.isPaused = () => false;
        nodes.pass(SETTLED_MS);
        for (const node of nodes.names) {
          const part = nodes.names.filter((other) => isOn(other) === isOn(node));
          const hindrance = 2 * part.length > count ? undefined : 'minority';
          expect(nodes.of(node)).toEqual({ eligible: part, hindrance });
        }
        nodes.isCut = () => false;
        nodes.pass(SETTLED_MS);
        for (const node of nodes.names)
          expect(nodes.of(node)).toEqual({ eligible: nodes.names, hindrance: undefined });
      },
    ),
  );
});
