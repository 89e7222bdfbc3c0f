import { describe, expect, it } from 'vitest';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import { SlotChanges } from '../../../../shards/wire/slot-changes.js';
import { slotOf } from '../../../support/shards/shard-calls.js';

const OLD = slotOf({ name: 'home', k: 1 });
const NEW = slotOf({ name: 'home', k: 2 });
const subscribe: ShardCall = { op: 'subscribe', channel: 1, slots: [OLD] };
const redefine: ShardCall = { op: 'redefine', channel: 1, slots: [NEW] };
const unsubscribe: ShardCall = { op: 'unsubscribe', channel: 1, names: ['home'] };

function said(...calls: ShardCall[]): ShardCall[] {
  const changes = new SlotChanges();
  for (const call of calls) changes.take(call);
  return [...changes.calls()];
}

describe('SlotChanges of a slot that is defined again', () => {
  it('says it, the latest definition alone', () => {
    expect(said({ ...redefine, slots: [OLD] }, redefine)).toEqual([redefine]);
  });

  it('keeps the hurry of a new slot, and the later definition', () => {
    expect(said(subscribe, redefine)).toEqual([{ ...subscribe, slots: [NEW] }]);
    expect(said(redefine, subscribe)).toEqual([subscribe]);
  });

  it('brings no slot back that is gone', () => {
    expect(said(unsubscribe, redefine)).toEqual([unsubscribe]);
    expect(said(redefine, unsubscribe)).toEqual([unsubscribe]);
  });
});
