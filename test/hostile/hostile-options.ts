import { z } from 'zod';
import { LIMITS } from './run/verdict.js';
import { defineOptions } from '../../metrics/process/options.js';

/** Flags of `npm run test:hostile`. */
export const hostileOptions = defineOptions({
  seed: {
    schema: z.coerce
      .number()
      .int()
      .nonnegative()
      .max(2 ** 32 - 1),
    fallback: 1,
    help: 'Seed of shoppers and attacks: the same seed plans the same actions in the same order.',
  },
  minutes: {
    schema: z.coerce.number().positive().max(1_440),
    fallback: 2,
    unit: 'minutes',
    help: 'How long; the first half is quiet, the second is beside the hostile client.',
  },
  only: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    unit: 'NAME,NAME',
    help: 'These attacks only, in turn.',
  },
  slackMs: {
    schema: z.coerce.number().positive(),
    fallback: LIMITS.p99SlackMs,
    unit: 'ms',
    help: 'What the honest p99 may be above 1.2 times the quiet one; more where the machine is shared.',
  },
  json: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    unit: 'FILE',
    help: 'Also writes all figures there.',
  },
});
