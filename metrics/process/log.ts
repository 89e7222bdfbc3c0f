import { createRequire } from 'node:module';
import { pino, type DestinationStream, type Logger } from 'pino';
import { z } from 'zod';
import { errorWriter, LogSink } from '../output/log-sink.js';
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
  /** Told of lines that are lost because nobody reads them. */
  readonly lost?: (lines: number) => void;
}

/**
 * A logger that writes one JSON line per call, with ISO time; on a terminal lines made readable. It never waits for whoever reads
 * them, and ends nothing (`LogSink`).
 */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: options.fields ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.stream ?? standardError(options.lost),
  );
}

function standardError(lost: LogOptions['lost']): DestinationStream {
  const sink = new LogSink(errorWriter(), lost);
  process.once('exit', () => sink.flush());
  return process.stderr.isTTY ? readable(sink) : sink;
}

/** Lines for people, in colours; the library is loaded for terminals alone. */
function readable(sink: LogSink): DestinationStream {
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const pretty = prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l' });
  return { write: (line) => sink.write(pretty(line)) };
}
