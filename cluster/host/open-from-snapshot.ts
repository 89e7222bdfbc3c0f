import { existsSync } from 'node:fs';
import { CopyBehindError, CopyDiffersError } from '../journal/followed-copy.js';
import { FencedError } from '../journal/streamed-journal.js';

/** The copy of a partition's journal, with its rows and states, in a folder that nothing has open. */
export interface OpenedCopy<Serving> {
  readonly folder: string;
  /** Resolves with false when there is no snapshot. */
  readonly restore: () => Promise<boolean>;
  readonly open: () => Promise<Serving>;
}

/**
 * Opens a copy; where there is none, or its stream does not go on from it any more, it begins from a snapshot. Rejects as `open` does, and
 * when the front of the stream is gone and no snapshot has it.
 */
export async function openFromSnapshot<Serving>({
  folder,
  restore,
  open,
}: OpenedCopy<Serving>): Promise<Serving> {
  // A stream that was never purged can be read from its front.
  if (!existsSync(folder)) await restore().catch(() => false);
  try {
    return await open();
  } catch (error) {
    const { message } = causeOf(error);
    if (!(causeOf(error) instanceof CopyBehindError)) throw error;
    if (await restore()) return open();
    throw new Error(`${message}, and there is no snapshot of it`, { cause: error });
  }
}

/** What an opening failed with, which the store has wrapped. */
export function causeOf(error: unknown): Error {
  const { cause } = error as Error;
  const isKnown = [FencedError, CopyDiffersError, CopyBehindError].some((known) => cause instanceof known);
  return isKnown ? (cause as Error) : (error as Error);
}
