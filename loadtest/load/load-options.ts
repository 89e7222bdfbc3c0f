import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';

const count = z.coerce.number().int().positive();

/** Flags of `npm run loadtest`. The defaults are the canonical workload. */
export const loadtestOptions = defineOptions({
  url: {
    schema: z.url({ protocol: /^https?$/, error: 'write it with its scheme, such as http://127.0.0.1:8080' }),
    fallback: 'http://127.0.0.1:8080',
    help: 'Where the gateway listens.',
  },
  rate: {
    schema: z.coerce.number().positive().max(200_000),
    fallback: 500,
    unit: 'clicks/s',
    help: 'Clicks, or calls with --http, offered over all connections.',
  },
  connections: {
    schema: count.max(50_000),
    fallback: 200,
    help: 'Connections; each is one shopper. With --max, at most so many.',
  },
  seconds: {
    schema: z.coerce.number().positive().max(86_400),
    fallback: 30,
    unit: 's',
    help: 'Measured time, after the warm-up; with --max, of each step.',
  },
  warmup: {
    schema: z.coerce.number().nonnegative().max(3_600),
    fallback: 2,
    unit: 's',
    help: 'Time at full rate before latencies count.',
  },
  arrivals: {
    schema: z.enum(['poisson', 'uniform']),
    fallback: 'poisson',
    help: 'poisson: independent shoppers; uniform: one click every 1/rate s.',
  },
  seed: {
    schema: z.coerce.number().int().nonnegative(),
    fallback: 1,
    help: 'Seed of arrivals, shoppers and items clicked.',
  },
  k: { schema: count.max(100), fallback: 20, unit: 'items', help: 'Length of the lists asked for.' },
  http: {
    schema: z.stringbool(),
    fallback: false,
    help: 'Load POST /v1/recommend, /v1/rank or /v1/events instead of sockets.',
  },
  call: {
    schema: z.enum(['recommend', 'rank', 'events']).optional(),
    fallback: undefined,
    help: 'The HTTP call that --http makes; recommend when absent.',
  },
  max: {
    schema: z.stringbool(),
    fallback: false,
    help: 'With --http: find the highest rate. Each connection calls again when its answer is there; --rate and --arrivals do not count.',
  },
  p99MaxMs: {
    schema: z.coerce.number().positive().max(60_000),
    fallback: 50,
    unit: 'ms',
    help: 'The p99 up to which --max looks for a higher rate.',
  },
  json: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    isOutputFile: true,
    help: 'File to write the result to, as JSON.',
  },
});
