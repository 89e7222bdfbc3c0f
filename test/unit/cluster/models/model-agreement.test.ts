import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ModelAgreement } from '../../../../cluster/models/model-agreement.js';
import { ModelChange } from '../../../../cluster/models/model-change.js';
import type { ModelOffer } from '../../../../cluster/models/said-model.js';
import { createLog } from '../../../../metrics/process/log.js';
import type { ClusterModel } from '../../../../shards/pool/shard-pool.js';
import type { PostedModel } from '../../../../shards/wire/posted-model.js';
import { FakeBoard } from '../../../support/cluster/fake-board.js';

const OLD: ModelOffer = { fingerprint: 'old', name: 'old@1', tag: 2, number: 0 };
const LOG = createLog({ level: 'silent', lost: () => undefined });
const LOOK_MS = 500;

let board: FakeBoard;
let present: string[];
let nodes: Map<string, ModelNode>;

beforeEach(() => {
  vi.useFakeTimers();
  board = new FakeBoard(OLD);
  present = ['a', 'b', 'c'];
  nodes = new Map(present.map((name) => [name, new ModelNode(name)]));
});
afterEach(() => {
  for (const node of nodes.values()) node.agreement.stop();
  vi.useRealTimers();
});

/** What of a model nobody here looks into is left out. */
const postedOf = (name: string): PostedModel => ({ name, tag: name.length }) as PostedModel;

/** A node whose partitions and bundles are words. */
class ModelNode {
  readonly done: string[] = [];
  readonly served: ClusterModel[] = [];
  broken: Error | undefined;
  /** What its partitions wait for before they are ready. */
  readies: Promise<void> = Promise.resolve();
  readonly agreement: ModelAgreement;
  readonly change: ModelChange;

  constructor(self: string) {
    const host = {
      prepare: async ({ name }: PostedModel): Promise<void> => {
        await this.readies;
        this.done.push(`prepare ${name}`);
      },
      adopt: async ({ name }: PostedModel): Promise<void> => void this.done.push(`adopt ${name}`),
      discard: async (): Promise<void> => void this.done.push('discard'),
    };
    const context = { self, board, host, present: () => present, log: LOG };
    this.agreement = new ModelAgreement(
      {
        ...context,
        fetch: () => Promise.resolve(),
        serves: ({ name }) => void this.done.push(`serves ${name}`),
      },
      OLD,
    );
    this.agreement.take({
      prepare: async (fingerprint) => {
        if (this.broken !== undefined) throw this.broken;
        return postedOf(`${fingerprint}@1`);
      },
      serve: async (model) => void this.served.push(model),
      drop: () => void this.done.push('drop'),
    });
    const depot = { put: async () => undefined, keepOnly: async () => undefined };
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    this.change = new ModelChange({ ...context, agreement: this.agreement, depot, pause, readyMs: 5_000 });
  }
}

const node = (name: string): ModelNode => nodes.get(name)!;

function changeTo(name: string, by = 'a'): Promise<string> {
  const source = { fingerprint: name, folder: 'folder', replaced: null };
  return node(by)
    .change.make(postedOf(`${name}@1`), source)
    .then(
      () => 'done',
      (error: Error) => error.message,
    );
}

const passes = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a change of the model', () => {
  test('is made ready by all, then decided, then served by all', async () => {
    const changed = changeTo('new');
    await passes(2 * LOOK_MS);
    expect(await changed).toBe('done');
    expect(board.said).toMatchObject({ number: 1, serving: { name: 'new@1' }, previous: OLD, next: null });
    for (const name of ['b', 'c'])
      expect(node(name).done).toEqual(['prepare new@1', 'serves new@1', 'adopt new@1']);
    expect(node('b').served).toEqual([{ serving: 'new', previous: 'old' }]);
  });

  test('waits for a node that is not ready, and serves nothing of it meanwhile', async () => {
    let ready: () => void = () => undefined;
    node('b').readies = new Promise((resolve) => (ready = resolve));
    const changed = changeTo('new');
    await passes(4 * LOOK_MS);
    expect(node('c').done).toEqual(['prepare new@1']);
    expect(board.said.serving).toEqual(OLD);
    ready();
    await passes(2 * LOOK_MS);
    expect(await changed).toBe('done');
  });

  test('does not wait for a node that is gone; when that comes back it serves with it before it takes anything', async () => {
    node('b').readies = new Promise(() => undefined);
    const changed = changeTo('new');
    await passes(2 * LOOK_MS);
    present = ['a', 'c'];
    await passes(2 * LOOK_MS);
    expect(await changed).toBe('done');
    const back = new ModelNode('back');
    nodes.set('back', back);
    back.broken = new Error('no room');
    await passes(LOOK_MS);
    expect(back.agreement.isCurrent).toBe(false);
    back.broken = undefined;
    await passes(LOOK_MS);
    expect(back.agreement.isCurrent).toBe(true);
    expect(back.done).toEqual(['serves new@1', 'adopt new@1']);
  });

  test('is withdrawn when a node cannot, which is named with why', async () => {
    node('c').broken = new Error('no room');
    const changed = changeTo('new');
    await passes(2 * LOOK_MS);
    expect(await changed).toBe('c cannot serve with it: no room');
    expect(board.said).toMatchObject({ serving: OLD, next: null });
    await passes(LOOK_MS);
    expect(node('b').done).toEqual(['prepare new@1', 'drop', 'discard']);
    expect(node('a').done).toEqual(['prepare new@1', 'discard']);
    node('c').broken = undefined;
    const again = changeTo('new');
    await passes(3 * LOOK_MS);
    expect(await again).toBe('done');
  });

  test('is withdrawn when a node is not ready in time', async () => {
    node('b').readies = new Promise(() => undefined);
    const changed = changeTo('new');
    await passes(6_000);
    expect(await changed).toBe('b: not ready in time');
    expect(board.said).toMatchObject({ serving: OLD, next: null });
  });

  test('is made by one node at a time', async () => {
    const [first, second] = [changeTo('new'), changeTo('other', 'b')];
    await passes(3 * LOOK_MS);
    expect(await first).toBe('done');
    expect(await second).toMatch(/^a swap is under way in the cluster/);
    expect(board.said.serving.name).toBe('new@1');
  });

  test('whose node dies is withdrawn by the others', async () => {
    node('b').readies = new Promise(() => undefined);
    void changeTo('new');
    await passes(LOOK_MS);
    expect(board.said.next).toMatchObject({ by: 'a' });
    present = ['b', 'c'];
    nodes.get('a')!.agreement.stop();
    await passes(12 * LOOK_MS);
    expect(board.said).toMatchObject({ serving: OLD, next: null });
    expect(node('c').done).toEqual(['prepare new@1', 'drop', 'discard']);
  });

  test('goes on where an answer is lost, and while servers are away for a while', async () => {
    board.answersLost = 1;
    const changed = changeTo('new');
    await passes(100);
    board.isAway = true;
    await passes(8_000);
    board.isAway = false;
    await passes(2_000);
    expect(await changed).toBe('done');
    expect(board.said.serving.name).toBe('new@1');
    expect(node('c').done).toEqual(['prepare new@1', 'serves new@1', 'adopt new@1']);
  });
});
