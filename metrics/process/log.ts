import { createRequire } from 'node:module';
import { destination, pino, type DestinationStream, type Logger } from 'pino';
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

export type Log = Logger;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Fields of every line, such as `{ thread: 'shard-0' }`. */
  readonly fields?: Readonly<Record<string, string | number>>;
  /** Where lines go; stderr when absent, so that stdout carries the ready line alone. */
  readonly stream?: DestinationStream;
}

/** What is kept of lines that cannot be written: they come with the next one that can. */
const KEPT_BYTES = 1024 * 1024;

/**
 * A logger that writes one JSON line per call, synchronously, with ISO time. A line that cannot be written (the disk of the log is
 * full, say, or nobody reads it any more) ends nothing: it waits, up to `KEPT_BYTES` of them, or is lost. On a terminal lines are made readable by
 * `pino-pretty` where that is installed (it is a development dependency).
 */
export function createLog(options: LogOptions): Log {
  const stream = options.stream ?? (process.stderr.isTTY ? prettyStream() : undefined) ?? standardError();
  return pino(
    {
      level: options.level,
      base: options.fields ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

function standardError(): DestinationStream {
  const stream = destination({ dest: 2, sync: true, maxLength: KEPT_BYTES });
  // Without a listener it would throw, into whoever has something to say.
  stream.on('error', () => undefined);
  return stream;
}

function prettyStream(): DestinationStream | undefined {
  try {
    const pretty = createRequire(import.meta.url)('pino-pretty') as (options: object) => DestinationStream;
    return pretty({ destination: 2, sync: true, colorize: true });
  } catch {
    return undefined;
  }
}
