import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';

/** Flags of `npm run test:fuzz`. */
export const fuzzOptions = defineOptions({
  seed: {
    schema: z.coerce
      .number()
      .int()
      .nonnegative()
      .max(2 ** 32 - 1),
    fallback: 1,
    help: 'Seed: the same one sends the same frames and requests over each connection.',
  },
  count: {
    schema: z.coerce
      .number()
      .int()
      .min(1_000)
      .max(2 ** 40),
    fallback: 200_000,
    unit: 'frames',
    help: 'How many mutated frames and requests to send.',
  },
});
