import { describe, expect, test } from 'vitest';
import { DISK_RESERVE_BYTES, DiskSpace } from '../../../../metrics/process/disk-space.js';

const MIB = 2 ** 20;
const space = (freeBytes: number) => new DiskSpace('/data', () => freeBytes);

describe('what is said of a disk without room', () => {
  test('for small writes is what is free and what is the least', () => {
    const { message } = space(2 * MIB).fullError();
    expect(message).toContain('the disk of /data is full: 2 MiB are free, and 16 MiB are the least');
    expect(message).toMatch(/free some space there and it goes on by itself$/);
  });

  test('for something large is how much of it there has to be, which is more than what is free', () => {
    const large = space(26 * MIB);
    expect(large.hasRoomFor(20 * MIB)).toBe(false);
    const { message } = large.fullError({ neededBytes: 20 * MIB });
    expect(message).toMatch(/free some space there and try again$/);
    const [, free, least] = /: ([\d.]+) MiB are free, and ([\d.]+) MiB are the least/.exec(message) ?? [];
    expect([Number(free), Number(least)]).toEqual([26, (DISK_RESERVE_BYTES + 20 * MIB) / MIB]);
  });

  test('names the cause', () => {
    const cause = new Error('no space left');
    expect(space(MIB).fullError({ cause }).cause).toBe(cause);
  });
});
