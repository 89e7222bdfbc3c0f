import type { PartitionStream } from './partition-stream.js';

/**
 * What became of a message. `fenced`: another one is in its place, `by` unless that is gone. `closed`: nobody knows, and
 * nobody waits for it any more.
 */
export type AppendOutcome =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'fenced'; readonly by: Uint8Array | undefined };

/** A writer that waits for answers. */
export interface Waiting {
  readonly pause: (ms: number) => Promise<void>;
  /** True when it is to give up. */
  readonly isClosed: () => boolean;
  /** Hears why an append is not known to be stored, each time. */
  readonly onDelay?: (why: string) => void;
  /** Hears of each message that does not count, and of those that are gone. */
  readonly setAside?: (aside: AsideMessage) => void;
}

/** A message of a journal that does not count. */
export interface AsideMessage {
  readonly sequence: number;
  /** One sentence without anything of its content. */
  readonly why: string;
  /** Empty for messages that are gone. */
  readonly bytes: Uint8Array;
}

/** Between two tries of the same append: an election takes seconds, and a full stream needs somebody to make room. */
const RETRY_MS = 100;
/** The same while another append is taking the place: it takes milliseconds, and twice as long is waited each time, `RETRY_MS` at most. */
const TAKEN_FIRST_MS = 4;

/**
 * Appends `bytes` right behind the message `expectedLast`, again and again with the same expectation, until it is known that they
 * are there (`acknowledged`) or that other bytes are in their place (`fenced`). However often they are sent they are stored once:
 * the second time the place is taken. No other writer may ever make the same bytes.
 */
export async function appendSurely(
  stream: PartitionStream,
  { bytes, expectedLast }: { readonly bytes: Uint8Array; readonly expectedLast: number },
  waiting: Waiting,
): Promise<AppendOutcome> {
  let takenMs = TAKEN_FIRST_MS;
  while (!waiting.isClosed()) {
    const answer = await stream.append(bytes, expectedLast);
    if (answer.kind === 'stored') return acknowledged(answer.sequence, expectedLast);
    const place = answer.kind === 'wrong' ? await whatIsAt(stream, expectedLast + 1) : undefined;
    if (place === 'gone') return { kind: 'fenced', by: undefined };
    if (place !== undefined)
      return Buffer.compare(place, bytes) === 0 ? { kind: 'acknowledged' } : { kind: 'fenced', by: place };
    waiting.onDelay?.(
      answer.kind === 'unknown' ? answer.why : 'the place behind the last message is being taken',
    );
    await waiting.pause(answer.kind === 'wrong' ? takenMs : RETRY_MS);
    if (answer.kind === 'wrong') takenMs = Math.min(RETRY_MS, 2 * takenMs);
  }
  return { kind: 'closed' };
}

function acknowledged(sequence: number, expectedLast: number): AppendOutcome {
  if (sequence === expectedLast + 1) return { kind: 'acknowledged' };
  throw new Error(`the stream stored a message at ${sequence} and was to do so at ${expectedLast + 1} alone`);
}

/**
 * The message at a sequence. `gone` when it was there once; undefined when it is not there yet, may never be, or when nobody can be
 * asked.
 */
async function whatIsAt(stream: PartitionStream, sequence: number): Promise<Uint8Array | 'gone' | undefined> {
  try {
    const [found] = await stream.read(sequence, 1);
    if (found?.sequence === sequence) return found.bytes;
    const { first, last } = await stream.bounds();
    if (last < sequence) return undefined;
    const held = first > sequence ? undefined : await stream.ofLeader(sequence);
    return held?.sequence === sequence ? held.bytes : 'gone';
  } catch {
    return undefined;
  }
}
