import { z } from 'zod';
import { defineOptions, gatewayUrl } from '../../metrics/process/options.js';
import { readingOptions } from '../../model/tables/reading-options.js';
import { operatorOptions } from '../target/operator-options.js';

const count = z.coerce.number().int().positive();

/** Flags of `npm run replay`. */
export const replayOptions = defineOptions({
  url: gatewayUrl,
  ...operatorOptions,
  events: {
    schema: z.string().min(1),
    fallback: '',
    help: 'Table of recorded events, in any form that `npm run train` reads. Required.',
  },
  items: {
    schema: z.string().min(1),
    fallback: '',
    help: 'Table of the items of those events. Required.',
  },
  ...readingOptions,
  speed: {
    schema: z.union([z.literal('max'), z.coerce.number().positive()]),
    fallback: 'max',
    help: 'Times faster than recorded, or max: as fast as lists come back.',
  },
  users: {
    schema: count.max(20_000),
    fallback: 200,
    unit: 'sockets',
    help: 'Sockets open at once; the one unused longest makes room.',
  },
  window: {
    schema: count.max(10_000),
    fallback: 64,
    unit: 'events',
    help: 'Events taken up and not yet answered, over all users.',
  },
  since: {
    schema: z.coerce.date().optional(),
    fallback: undefined,
    help: 'ISO time: earlier events are not sent, only shown to the baselines.',
  },
  k: {
    schema: count.max(100),
    fallback: 20,
    unit: 'items',
    help: 'Length of the lists, and the cut of the hit rate.',
  },
  prefix: {
    schema: z
      .string()
      .regex(/^[\w-]{0,32}$/)
      .optional(),
    fallback: undefined,
    help: 'Put before each user id; unique to the run when absent, so that a replay never meets users of an earlier one.',
  },
  json: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    isOutputFile: true,
    help: 'File to write the result to, as JSON.',
  },
});
