import { judgeMessage, stateFrom } from './judge-message.js';
import type { PartitionStream } from './partition-stream.js';

/** Messages looked at for one with a position: those that begin an ownership, and those that nobody can read, have none. */
const LOOK = 8;

/**
 * Sequence of a message from which on the journal is to be read for all entries at or after `position`: by halving, since positions
 * grow with the sequences, but for copies that a stranger has published, which lead too far. The messages from `first` to `last` are there. Rejects when nobody can be asked.
 */
export async function findSequence(
  stream: PartitionStream,
  position: number,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<number> {
  if (position === 0) return first;
  let low = first;
  let high = last;
  // All entries before the message `low` come before `position`.
  while (high - low > LOOK) {
    const middle = (low + high) >> 1;
    const found = await firstGroup(stream, middle, high);
    if (found === undefined || found.position > position) high = middle;
    else low = found.sequence;
  }
  return low;
}

/**
 * Position of the first entry that a stream still has; undefined when it has none. The messages from `first` to `last` are there. Rejects
 * when nobody can be asked.
 */
export async function frontPosition(
  stream: PartitionStream,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<number | undefined> {
  return (await firstGroup(stream, first, last))?.position;
}

/** The first group from a message on, with the position of its first entry; undefined when there is none up to `last`. */
async function firstGroup(
  stream: PartitionStream,
  from: number,
  last: number,
): Promise<{ readonly sequence: number; readonly position: number } | undefined> {
  for (let next = from; next <= last; next += LOOK) {
    for (const stored of await stream.read(next, Math.min(LOOK, last - next + 1))) {
      const judged = judgeMessage(stateFrom(stored.sequence), stored);
      if (judged.kind === 'group')
        return { sequence: stored.sequence, position: judged.message.records[0].position };
    }
  }
  return undefined;
}
