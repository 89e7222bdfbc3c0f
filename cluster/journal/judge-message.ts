import { LaterVersionError } from '../../shards/store/journal-record.js';
import { decodeMessage, type JournalMessage } from './journal-message.js';
import type { StoredMessage } from './partition-stream.js';

type Own = Extract<JournalMessage, { readonly kind: 'own' }>;
type Group = Extract<JournalMessage, { readonly kind: 'group' }>;

/** What is known of a journal before its next message. */
export interface JournalState {
  /** Sequence of the message that comes next. */
  readonly next: number;
  /** Sequence of the message that began the ownership; 0: nobody owns the partition. */
  readonly epoch: number;
  /** False where the journal is read from its middle on: the ownership is that of the first group, or a later one. */
  readonly isSure: boolean;
  /** Position after the last entry; undefined until a group was read, and without meaning while it is not sure. */
  readonly position: number | undefined;
  /** True once the owner has written a group. */
  readonly hasGroup: boolean;
  /** Sequences from the first message to behind the last one that could not be read, or was gone, since the last group. */
  readonly hole: { readonly from: number; readonly to: number } | undefined;
}

/**
 * What a message is to whoever reads or writes the journal, the same to all of them: it begins an ownership, it is a commit of the owner,
 * it is nothing of the journal (`passed`), or nobody knows (`unread`).
 */
export type Judged =
  | { readonly kind: 'own'; readonly message: Own }
  | { readonly kind: 'group'; readonly message: Group }
  | { readonly kind: 'passed' | 'unread'; readonly why: string };

/** Of a journal that is read from its first message on. */
export const FIRST_STATE: JournalState = {
  next: 1,
  epoch: 0,
  isSure: true,
  position: 0,
  hasGroup: false,
  hole: undefined,
};

/** Of a journal that is read from a message in its middle on. */
export function stateFrom(next: number): JournalState {
  return next === 1 ? FIRST_STATE : { ...FIRST_STATE, next, isSure: false, position: undefined };
}

/** Judges the message that comes next. Throws a `LaterVersionError` for one that a later version of this program reads. */
export function judgeMessage(state: JournalState, { sequence, bytes }: StoredMessage): Judged {
  const message = messageIn(bytes, sequence);
  if (message instanceof Error) return { kind: 'unread', why: message.message };
  const { kind, owner } = message;
  if (kind === 'own')
    return owner.epoch === sequence
      ? { kind, message }
      : { kind: 'passed', why: `it begins an ownership at message ${owner.epoch}, and is a copy` };
  if (!isOwner(state, owner.epoch))
    return { kind: 'passed', why: `it is by ${owner.node}, who did not own the partition any more` };
  if (isCopy(state, message)) return { kind: 'passed', why: 'its entries are in a message before it' };
  return { kind, message };
}

/** What is known after a message. */
export function stateAfter(state: JournalState, judged: Judged): JournalState {
  const { next } = state;
  switch (judged.kind) {
    case 'own':
      return { ...state, next: next + 1, epoch: next, isSure: true, hasGroup: false };
    case 'group':
      return {
        ...state,
        next: next + 1,
        epoch: judged.message.owner.epoch,
        position: endOf(judged.message),
        hasGroup: true,
        hole: undefined,
      };
    case 'passed':
      return { ...state, next: next + 1 };
    case 'unread':
      return stateBehindHole(state, next + 1);
  }
}

/** What is known after messages that are gone, up to `to`. */
export function stateBehindHole(state: JournalState, to: number): JournalState {
  return { ...state, next: to, hole: { from: state.hole?.from ?? state.next, to } };
}

function messageIn(bytes: Uint8Array, sequence: number): JournalMessage | Error {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof LaterVersionError)
      throw new LaterVersionError(`message ${sequence} of the journal: ${message}`, { cause: error });
    return error as Error;
  }
}

/** An ownership that is read of nowhere may have begun in a hole. */
function isOwner({ next, epoch, isSure, hole }: JournalState, by: number): boolean {
  if (by === epoch) return epoch > 0;
  if (by < epoch || by >= next) return false;
  return !isSure || (hole !== undefined && by >= hole.from && by < hole.to);
}

/** An owner’s groups follow each other: only a copy comes again. The first one is where the owner has read to, whatever others have read. */
function isCopy({ epoch, isSure, position, hasGroup }: JournalState, { owner, records }: Group): boolean {
  if (!isSure || !hasGroup || owner.epoch !== epoch || position === undefined) return false;
  return records[0].position < position;
}

function endOf({ records }: Group): number {
  return records.reduce((end, { count }) => end + count, records[0].position);
}
