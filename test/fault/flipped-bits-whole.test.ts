import { expect, test } from 'vitest';
import {
  everyLive,
  FLIPPED_KINDS,
  flippedFile,
  flipEach,
  lookAt,
  withUnnoticed,
} from '../support/store/flipped-store.js';

/** Other bits: `FLIP_SEED=n`. */
const SEED = Number(process.env['FLIP_SEED'] ?? 1234);

test.each(FLIPPED_KINDS)(
  `a bit of every byte of the pages in use of %s: noticed, or without a meaning (seed ${SEED})`,
  async (kind) => {
    const { file, read } = await flippedFile(kind);
    const sound = await read(file);
    const counts = flipEach(file, everyLive(file), SEED);
    const { refused, rows, misnamed, unnoticed } = counts;
    expect(Math.min(refused, rows, misnamed)).toBeGreaterThan(0);
    for (const changed of withUnnoticed(file, counts)) {
      expect(lookAt(changed)).toMatchObject({ damagedRows: 0, misnamed: [] });
      expect(await read(changed)).toEqual(sound);
    }
    process.stderr.write(
      `${kind}: ${refused} refused, ${rows} rows told of, ${misnamed} keys mended, ${unnoticed.length} without a meaning ` +
        `(seed ${SEED})\n`,
    );
  },
  300_000,
);
