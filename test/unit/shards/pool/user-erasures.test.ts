import { expect, test } from 'vitest';
import { OpenUsers } from '../../../../shards/pool/open-users.js';
import { OverloadedError } from '../../../../shards/pool/shard-pool.js';
import type { ShardHandle } from '../../../../shards/pool/shard-handle.js';
import { ERASURES_MAX, UserErasures } from '../../../../shards/pool/user-erasures.js';
import { shardOf } from '../../../../shards/reshard/placement.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import type { ShardCall, ShardReply } from '../../../../shards/wire/calls.js';

const SHARDS = 3;
const ANN = named('ann');
const GUEST = visitor('guest-of-ann');
/** A visitor of another shard than ann's. */
const STRANGER = Array.from({ length: 20 }, (_, i) => visitor(`stranger-${i}`)).find(
  (key) => shardOf(key, SHARDS) !== shardOf(ANN, SHARDS),
)!;

/** Shards that have names in them; they erase what they are told to, or die over it. */
class ErasingShards {
  readonly names: Set<string>[] = Array.from({ length: SHARDS }, () => new Set<string>());
  readonly erased: string[] = [];
  /** Whose the visitor is, as their shard has it. */
  whose: string | undefined = ANN;
  /** Erasures that are carried out before a shard dies. */
  left = Infinity;
  readonly erasures: UserErasures;
  readonly #handles: ShardHandle[];
  readonly #waits: Promise<void> | undefined;

  constructor(waits?: Promise<void>, usersStay = false) {
    this.#waits = waits;
    this.#handles = this.names.map((_, shard) => this.#handle(shard));
    this.erasures = new UserErasures(
      { users: new OpenUsers(this.#handles), handles: this.#handles, usersStay },
      () => undefined,
    );
  }

  #handle(shard: number): ShardHandle {
    const owed = { byUser: new Map() };
    const answerTo = (call: ShardCall) => this.#answer(shard, call);
    return { shard, folder: `shard-${shard}`, owed, answerTo } as unknown as ShardHandle;
  }

  async #answer(shard: number, call: ShardCall): Promise<ShardReply> {
    await this.#waits;
    const names = this.names[shard];
    if (call.op === 'visitorsOf')
      return {
        op: 'visitorsOf',
        call: 1,
        visitors: [GUEST, STRANGER].filter((key) => call.user === ANN && names.has(key)),
      };
    if (call.op === 'whose')
      return { op: 'whose', call: 1, user: names.has(call.user) ? this.whose : undefined };
    if (call.op !== 'erase') throw new Error(`nobody asks for ${call.op}`);
    if (--this.left < 0) throw new Error('the process died');
    names.delete(call.user);
    this.erased.push(`${shard} ${call.user}`);
    return { op: 'done', call: 1 };
  }
}

test('whoever is erased goes from the shard that they live on first, visitors before them', async () => {
  const shards = new ErasingShards();
  shards.names[2].add(GUEST);
  expect(await shards.erasures.erase(ANN)).toEqual({ visitors: 1 });
  expect(shards.erased).toHaveLength(2 * SHARDS);
  expect(shards.erased[0]).toBe(`${shardOf(GUEST, SHARDS)} ${GUEST}`);
  expect(shards.erased[SHARDS]).toBe(`${shardOf(ANN, SHARDS)} ${ANN}`);
});

test('a death after any of its steps leaves them wholly on their shard or not at all, and asked again it ends', async () => {
  for (let left = 0; left < 2 * SHARDS; left++) {
    const shards = new ErasingShards();
    shards.left = left;
    for (const names of shards.names) names.add(ANN).add(GUEST);
    await expect(shards.erasures.erase(ANN)).rejects.toThrow('died');
    const isAtHome = shards.names[shardOf(ANN, SHARDS)].has(ANN);
    // Nothing may have gone from another shard while they are still served.
    if (isAtHome) expect(shards.names.every((names) => names.has(ANN))).toBe(true);
    shards.left = Infinity;
    await shards.erasures.erase(ANN);
    expect(shards.names.flatMap((names) => [...names])).toEqual([]);
  }
});

test('one that runs is waited for; beyond a number at once they are refused, and later taken', async () => {
  let go = (): void => undefined;
  const shards = new ErasingShards(new Promise((resolve) => (go = resolve)));
  const running = Array.from({ length: ERASURES_MAX }, (_, i) => shards.erasures.erase(named(`user-${i}`)));
  expect(shards.erasures.erase(named('user-0'))).toBe(running[0]);
  await expect(shards.erasures.erase(ANN)).rejects.toThrow(OverloadedError);
  go();
  await Promise.all(running);
  expect(await shards.erasures.erase(ANN)).toEqual({ visitors: 0 });
});

test('[D4] what is left of a merged visitor goes from their own shard last; a death before leaves the mark that holds a new one', async () => {
  for (let left = 0; left < SHARDS; left++) {
    const shards = new ErasingShards();
    shards.left = left;
    for (const names of shards.names) names.add(GUEST);
    await expect(shards.erasures.forgetMerged(GUEST)).rejects.toThrow('died');
    expect(shards.names[shardOf(GUEST, SHARDS)].has(GUEST)).toBe(true);
    shards.left = Infinity;
    await shards.erasures.forgetMerged(GUEST);
    expect(shards.names.flatMap((names) => [...names])).toEqual([]);
    expect(shards.erased.at(-1)).toBe(`${shardOf(GUEST, SHARDS)} ${GUEST}`);
  }
});

test('where users stay nobody else’s journal names them: the visitor goes from the user’s shard and then from their own, the user from theirs', async () => {
  const [guests, anns] = [shardOf(STRANGER, SHARDS), shardOf(ANN, SHARDS)];
  for (let left = 0; left <= 3; left++) {
    const shards = new ErasingShards(undefined, true);
    for (const shard of [guests, anns]) shards.names[shard].add(STRANGER);
    shards.names[anns].add(ANN);
    shards.left = left;
    if (left < 3) await expect(shards.erasures.erase(ANN)).rejects.toThrow('died');
    shards.left = Infinity;
    await shards.erasures.erase(ANN);
    expect(shards.names.flatMap((names) => [...names])).toEqual([]);
    if (left === 3)
      expect(shards.erased.slice(0, 3)).toEqual([
        `${anns} ${STRANGER}`,
        `${guests} ${STRANGER}`,
        `${anns} ${ANN}`,
      ]);
  }
});

test('where users stay a visitor’s own shard says whose they are, and one who is nobody’s goes from it alone', async () => {
  const [guests, anns] = [shardOf(STRANGER, SHARDS), shardOf(ANN, SHARDS)];
  const shards = new ErasingShards(undefined, true);
  for (const shard of [guests, anns]) shards.names[shard].add(STRANGER);
  await shards.erasures.erase(STRANGER);
  expect(shards.erased).toEqual([`${anns} ${STRANGER}`, `${guests} ${STRANGER}`]);
  shards.whose = undefined;
  shards.names[guests].add(STRANGER);
  await shards.erasures.forgetMerged(STRANGER);
  expect(shards.erased.slice(2)).toEqual([`${guests} ${STRANGER}`]);
});
