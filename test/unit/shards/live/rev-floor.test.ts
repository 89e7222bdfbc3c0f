import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { RevFloor } from '../../../../shards/live/rev-floor.js';
import { STORE_KINDS, openForTest, temporaryFolder } from '../../../support/store/store-kinds.js';

const NOON_MS = 1_760_000_000_000;
const MINUTE_MS = 60_000;

function storeOf(bytes: Uint8Array | undefined) {
  return { blob: () => bytes };
}

/** A note of `ms` as a store may give it: in the middle of a larger buffer, whose `slice` copies nothing. */
function noteAt(byteOffset: number, ms: number): Buffer {
  const around = Buffer.alloc(64, 0xff);
  around.writeDoubleLE(ms, byteOffset);
  return around.subarray(byteOffset, byteOffset + 8);
}

describe('RevFloor', () => {
  test.each([0, 1, 7, 8, 13])('reads a note that lies at byte %i of a buffer', (byteOffset) => {
    const floor = new RevFloor(storeOf(noteAt(byteOffset, NOON_MS)), new FakeClock(NOON_MS - MINUTE_MS));
    expect(floor.nowMs()).toBe(NOON_MS + 30 * MINUTE_MS);
  });

  test.each([undefined, new Uint8Array(0), new Uint8Array(7)])('takes no note from %j', (bytes) => {
    const floor = new RevFloor(storeOf(bytes), new FakeClock(NOON_MS));
    expect(floor.nowMs()).toBe(NOON_MS);
  });

  test('goes by the clock when that is not behind the note', () => {
    const floor = new RevFloor(storeOf(noteAt(0, NOON_MS)), new FakeClock(NOON_MS));
    expect(floor.nowMs()).toBe(NOON_MS);
  });

  test.each(STORE_KINDS)(
    'notes the time once a minute, and a $name store gives the note back',
    async (kind) => {
      const folder = temporaryFolder();
      const clock = new FakeClock(NOON_MS);
      const store = await openForTest(kind, folder);
      const floor = new RevFloor(store, clock);
      // Between blobs of odd lengths, so that the note lies at an odd place.
      const [a, z] = ['a', 'z'].map((key) => ({ key, bytes: Buffer.alloc(3) }));
      await store.commit({ blobs: [a, ...floor.note(), z] });
      expect(floor.note()).toEqual([]);
      clock.advanceMs(MINUTE_MS);
      expect(floor.note()).toHaveLength(1);
      clock.stepWallMs(-10 * MINUTE_MS);
      expect(floor.note()).toEqual([]);
      const again = new RevFloor(store, new FakeClock(NOON_MS - 5 * MINUTE_MS));
      expect(again.nowMs()).toBe(NOON_MS + 30 * MINUTE_MS);
    },
  );
});
