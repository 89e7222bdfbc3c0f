import { expect, test } from 'vitest';
import {
  checkProcessLimits,
  readProcessLimits,
  socketsWithin,
} from '../../../../gateway/start/process/process-limits.js';

const TEXT = `Limit                     Soft Limit           Hard Limit           Units
Max file size             1048576              unlimited            bytes
Max open files            256                  256                  files
Max address space         34359738368          unlimited            bytes
`;
const ENOUGH = { openFiles: 4_096, addressSpaceBytes: Infinity, fileBytes: Infinity };

test('limits are read as Linux writes them; where nothing is written there are none', () => {
  expect(readProcessLimits(() => TEXT)).toEqual({
    openFiles: 256,
    addressSpaceBytes: 32 * 2 ** 30,
    fileBytes: 2 ** 20,
  });
  const none = { openFiles: Infinity, addressSpaceBytes: Infinity, fileBytes: Infinity };
  expect(readProcessLimits(() => TEXT.replace(/^(Max \D+)\d+/gm, '$1unlimited'))).toEqual(none);
  const unknown = () => {
    throw new Error('ENOENT');
  };
  expect(readProcessLimits(unknown)).toEqual(none);
  expect(readProcessLimits().openFiles).toBeGreaterThan(0);
});

test('limits that would look like damage later on are refused together, each with the way to raise it', () => {
  expect(() => checkProcessLimits(ENOUGH, 2)).not.toThrow();
  expect(() =>
    checkProcessLimits(
      readProcessLimits(() => TEXT.replace('256 ', '128 ')),
      2,
    ),
  ).toThrow(
    expect.objectContaining({
      code: 'process_limited',
      problems: [
        expect.stringMatching(/128 files open, and 2 shards need \d+: .*ulimit -n/),
        expect.stringMatching(/32 GiB of address space, and 2 shards reserve 240.*ulimit -v/),
        expect.stringMatching(/1048576 bytes, .*ulimit -f/),
      ],
    }),
  );
});

test('no more sockets are taken than files are left for, and a warning says so', () => {
  const warnings: unknown[] = [];
  const log = { warn: (fields: unknown) => void warnings.push(fields), info: () => undefined };
  const within = (openFiles: number, socketsMax: number) =>
    socketsWithin({ openFiles }, { socketsMax, shards: 2 }, log);
  expect([within(Infinity, 20_000), within(Infinity, 0), within(4_096, 3_000)]).toEqual([20_000, 0, 3_000]);
  expect(warnings).toEqual([]);
  expect(within(256, 20_000)).toBe(256 - 144 - 32);
  expect(warnings).toEqual([{ openFiles: 256, socketsMax: 80 }]);
  expect([within(4_096, 0), within(4_096, 4_000)]).toEqual([3_556, 3_556]);
  expect(warnings).toHaveLength(1);
});
