import type { ShardSink } from './calls.js';

/** Nobody hears: of a replay, and of what is made again. */
export const SILENT_SINK: ShardSink = {
  applied: () => {},
  durable: () => {},
  refused: () => {},
  list: () => {},
  current: () => {},
  learn: () => {},
  reply: () => {},
  stepped: () => {},
  answered: () => {},
};
