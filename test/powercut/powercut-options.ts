import { z } from 'zod';
import { BROKEN_BUILDS } from './broken-builds.js';
import { defineOptions } from '../../metrics/process/options.js';

/** Flags of `npm run test:powercut`. */
export const powercutOptions = defineOptions({
  seed: {
    schema: z.coerce
      .number()
      .int()
      .nonnegative()
      .max(2 ** 32 - 1),
    fallback: 1,
    help: 'Seed of the workload, of where the power goes and of what the disk makes of it.',
  },
  points: {
    schema: z.coerce.number().int().min(1).max(1_000_000),
    fallback: 2_000,
    unit: 'cuts',
    help: 'Cut points of the recording that is to hold; each of the builds that must not hold gets a twentieth.',
  },
  rounds: {
    schema: z.coerce.number().int().min(20).max(100_000),
    fallback: 400,
    unit: 'rounds',
    help: 'Length of the recorded day: a round is some clicks and one or two other things.',
  },
  only: {
    schema: z.enum(['real', 'broken', ...BROKEN_BUILDS.map(({ name }) => name)]).optional(),
    fallback: undefined,
    help: 'real: without the builds that must fail; broken: those alone; the name of one: that one alone.',
  },
  encrypted: {
    schema: z.enum(['yes', 'no']),
    fallback: 'no',
    help: 'yes: the recorded gateway has a master key, and what is left is opened with it.',
  },
  keep: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    unit: 'FOLDER',
    help: 'Keeps the recordings there; one that is there already is cut again.',
  },
});
