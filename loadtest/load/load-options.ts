import { z } from 'zod';
import { defineOptions, tokenWith } from '../../metrics/process/options.js';
import { operatorOptions } from '../target/operator-options.js';

const count = z.coerce.number().int().positive();
const fileName = z.string().min(1).optional();

/** Kinds of load; `loadtest/profiles/profile.ts` says what each does. */
export const PROFILE_NAMES = [
  'steady',
  'ramp',
  'overload',
  'flash',
  'storm',
  'slow',
  'soak',
  'ads',
  'idle',
  'hot',
  'bot',
] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** What is offered when neither a flag nor the profile says it: the canonical workload. */
export const USUAL = { rate: 500, connections: 200, seconds: 30 } as const;

/** Flags of `npm run loadtest`. The defaults are the canonical workload. */
export const loadtestOptions = defineOptions({
  url: {
    schema: z
      .url({ protocol: /^(?:http|ws)s?$/, error: 'write it with its scheme, such as http://127.0.0.1:8080' })
      .transform((url) => url.replace(/^ws/, 'http')),
    fallback: 'http://127.0.0.1:8080',
    help: 'Where the gateway listens; https:// and wss:// for TLS. NODE_EXTRA_CA_CERTS names a certificate that the system does not know.',
  },
  nodes: {
    schema: z
      .string()
      .transform((urls) => urls.split(','))
      .pipe(
        z.array(
          z.url({
            protocol: /^https?$/,
            error: 'write addresses such as http://10.0.0.1:8080, comma separated',
          }),
        ),
      )
      .optional(),
    fallback: undefined,
    help: 'Addresses of all nodes of a cluster, comma separated: shoppers are dealt out over them, all else goes to --url.',
  },
  visitors: {
    schema: z.stringbool(),
    fallback: false,
    help: 'Shoppers have no names. In a cluster the node that a visitor comes to answers for them; of shoppers with names most are answered by another one.',
  },
  token: tokenWith('the scopes events, rank, catalogue and operate'),
  ...operatorOptions,
  profile: {
    schema: z.enum(PROFILE_NAMES),
    fallback: 'steady',
    help: 'The kind of load; see above.',
  },
  rate: {
    schema: z.coerce.number().positive().max(200_000).optional(),
    fallback: undefined,
    unit: 'clicks/s',
    help: `Clicks, or calls with --http, offered over all connections; where ramp begins. ${USUAL.rate}; hot 20.`,
  },
  connections: {
    schema: count.max(50_000).optional(),
    fallback: undefined,
    help: `Connections; each is one shopper. With --max, at most so many. ${USUAL.connections}; idle 1,000, hot 500.`,
  },
  processes: {
    schema: count.max(64),
    fallback: 1,
    help: 'Processes that offer the load together; one takes a core at some thousand clicks/s. With steady, overload, flash, soak and idle.',
  },
  seconds: {
    schema: z.coerce.number().positive().max(86_400).optional(),
    fallback: undefined,
    unit: 's',
    help: `Measured time, after the warm-up; with ramp and --max, of each step. ${USUAL.seconds}; ramp 5, soak 600.`,
  },
  warmup: {
    schema: z.coerce.number().nonnegative().max(3_600),
    fallback: 2,
    unit: 's',
    help: 'Time at full rate before latencies count.',
  },
  arrivals: {
    schema: z.enum(['poisson', 'constant']),
    fallback: 'poisson',
    help: 'poisson: independent shoppers; constant: one click every 1/rate s.',
  },
  sessions: {
    schema: z.enum(['short', 'long']),
    fallback: 'short',
    help: 'short: sessions end after some clicks, by a power law, and another shopper connects; long: nobody leaves.',
  },
  events: {
    schema: fileName,
    fallback: undefined,
    help: 'Recorded sessions to play, in order, in the form that replay takes; without it clicks are drawn from two power laws.',
  },
  items: {
    schema: fileName,
    fallback: undefined,
    help: 'Items to click, in the form that replay takes; put into the catalogue first unless it has them. Without it up to 10,000 of the catalogue.',
  },
  seed: {
    schema: z.coerce.number().int().nonnegative(),
    fallback: 1,
    help: 'Seed of arrivals, shoppers and items clicked; the same seed offers the same clicks.',
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
  candidates: {
    schema: count.max(1_000),
    fallback: 200,
    unit: 'items',
    help: 'Candidates of a rank call.',
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
    help: 'The p99 up to which ramp and --max look for a higher rate.',
  },
  slo: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: 'Promises, comma separated, such as "p99<10ms,ack-p99<25ms,errors=0,rate>=490"; one that is not kept ends with 1.',
  },
  watch: {
    schema: z.coerce.number().nonnegative().max(3_600),
    fallback: 1,
    unit: 's',
    help: 'How often the server is asked for CPU, memory and event-loop delay; 0: never.',
  },
  json: {
    schema: fileName,
    fallback: undefined,
    isOutputFile: true,
    help: 'File to write the result to, as JSON.',
  },
  html: {
    schema: fileName,
    fallback: undefined,
    isOutputFile: true,
    help: 'File to write the result to, as one page with charts.',
  },
});
