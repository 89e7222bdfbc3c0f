import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';

/** Flags of `npm run test:fault`. */
export const nemesisOptions = defineOptions({
  seed: {
    schema: z.coerce
      .number()
      .int()
      .nonnegative()
      .max(2 ** 32 - 1),
    fallback: 1,
    help: 'Seed: the same one brings the same faults in the same order.',
  },
  rounds: {
    schema: z.coerce.number().int().positive().max(1_000_000),
    fallback: 20,
    unit: 'rounds',
    help: 'How many faults, each followed by a look at ledgers, journals and states.',
  },
  only: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    unit: 'NAME,NAME',
    help: 'These faults only; with --mutants, these builds only.',
  },
  mutants: {
    schema: z.stringbool(),
    fallback: false,
    help: 'Instead: builds that break a promise each, with which the suite has to go red (README.md).',
  },
});
