import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';

export const gatewayOptions = defineOptions({
  host: {
    schema: z.string().min(1),
    fallback: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 takes connections from other machines.',
  },
  port: {
    schema: z.coerce.number().int().min(0).max(65_535),
    fallback: 8080,
    help: 'Port to listen on; 0 takes any free one, which the ready line names.',
  },
  dataDir: {
    schema: z.string().min(1),
    fallback: './data',
    help: 'Folder of everything that has to survive: catalogue, journals, user states and snapshots.',
  },
  idleTimeoutMs: {
    // The bounds are those of the socket library.
    schema: z.coerce.number().int().min(8_000).max(960_000),
    fallback: 30_000,
    unit: 'ms',
    help: 'A peer that is silent for so long, pings included, is closed; raise it for phones that sleep.',
  },
  outboxBytes: {
    schema: z.coerce
      .number()
      .int()
      .min(4_096)
      .max(64 * 1024 * 1024),
    fallback: 1024 * 1024,
    unit: 'bytes',
    help: 'Answers that may wait for one slow reader before it is closed with 4008; lists coalesce and do not count.',
  },
  networkAllowanceMs: {
    schema: z.coerce.number().min(0).max(1_000),
    fallback: 5,
    unit: 'ms',
    help: 'What of the tmaxMs of a rank call is left to the network; at most half of it.',
  },
});
