import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { placeOf, SLOT_BYTES, SlotWriter } from '../../../../../shards/store/vault/keys/slot-writer.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

const slotOf = (fill: number): Buffer => Buffer.alloc(SLOT_BYTES, fill);

function written(): {
  readonly writer: SlotWriter;
  readonly slot: (n: number) => Buffer;
  readonly size: () => number;
} {
  const path = join(temporaryFolder(), 'slots');
  const file = openSync(path, 'w+');
  onTestFinished(() => closeSync(file));
  return {
    writer: new SlotWriter(file, 0),
    slot: (n) => readFileSync(path).subarray(placeOf(n), placeOf(n + 1)),
    size: () => readFileSync(path).length,
  };
}

test('what is put can be read at once, and is in the file when it is synced', async () => {
  const { writer, slot, size } = written();
  const [first, second] = writer.grow();
  writer.put(first, slotOf(1));
  const synced = writer.synced();
  await Promise.resolve();
  writer.put(second, slotOf(2));
  expect([writer.get(first)?.[0], writer.get(second)?.[0]]).toEqual([1, 2]);
  await synced;
  expect(slot(first)).toEqual(slotOf(1));
  expect(slot(second)).toEqual(slotOf(0));
  expect(writer.get(first)).toBeUndefined();
  // A later one does not change the length of the file.
  const before = size();
  await writer.synced();
  expect(slot(second)).toEqual(slotOf(2));
  expect(size()).toBe(before);
});

test('whoever asks while one is on its way waits for the next, together with others', async () => {
  const { writer, slot } = written();
  const slots = writer.grow();
  writer.put(slots[0], slotOf(1));
  const first = writer.synced();
  await Promise.resolve();
  writer.put(slots[1], slotOf(2));
  const second = writer.synced();
  writer.put(slots[5], slotOf(6));
  expect(writer.synced()).toBe(second);
  expect(second).not.toBe(first);
  await second;
  expect([0, 1, 2, 5].map((n) => slot(slots[n])[0])).toEqual([1, 2, 0, 6]);
});

test('a slot that is wiped is zeros at once, and after what was on its way', async () => {
  const { writer, slot } = written();
  const [waiting, underWay, there] = writer.grow();
  writer.put(there, slotOf(3));
  await writer.synced();
  writer.put(underWay, slotOf(2));
  const synced = writer.synced();
  await Promise.resolve();
  writer.put(waiting, slotOf(1));
  for (const n of [waiting, underWay, there]) writer.wipe(n);
  expect(slot(there)).toEqual(slotOf(0));
  await synced;
  await writer.synced();
  for (const n of [waiting, underWay, there]) expect(slot(n)).toEqual(slotOf(0));
});

test('an error of the disk is told to all that follows', async () => {
  const path = join(temporaryFolder(), 'slots');
  const file = openSync(path, 'w');
  closeSync(file);
  const reading = openSync(path, 'r');
  onTestFinished(() => closeSync(reading));
  const writer = new SlotWriter(reading, 0);
  writer.put(writer.grow()[0], slotOf(1));
  await expect(writer.synced()).rejects.toThrow('EBADF');
  await expect(writer.synced()).rejects.toThrow('EBADF');
  await writer.ended();
});
