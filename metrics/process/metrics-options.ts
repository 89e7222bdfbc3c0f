import { z } from 'zod';
import { defineOptions } from './options.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const metricsOptions = defineOptions({
  logLevel: {
    schema: z.enum(LOG_LEVELS),
    fallback: 'info',
    help: `Least level of log lines on stderr: ${LOG_LEVELS.join(', ')}.`,
  },
});
