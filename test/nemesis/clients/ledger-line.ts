/** What a client writes down, a line of JSON each, before it does something and after it was answered. */
export type LedgerLine =
  /** A session begins; `user` when it is a named user's from the start. */
  | { readonly k: 'session'; readonly session: string; readonly user?: string }
  /** The visitor of the session is about to say who they are. */
  | { readonly k: 'user'; readonly session: string; readonly user: string }
  /** An event is about to be sent for the first time. `value` is its mark: no other event of the run has it. */
  | {
      readonly k: 'sent';
      readonly session: string;
      readonly seq: number;
      readonly value: number;
      readonly e: 'view_item' | 'add_to_cart' | 'search';
      readonly item?: string;
    }
  | { readonly k: 'acked'; readonly session: string; readonly seq: number }
  | { readonly k: 'welcome'; readonly session: string; readonly seq: number }
  /** The session is left for good; what was not acknowledged is not sent again. */
  | { readonly k: 'left'; readonly session: string }
  /** An event is about to be posted over HTTP, by its idempotence key. */
  | {
      readonly k: 'posted';
      readonly id: string;
      readonly user: string;
      /** True when `user` is the session of a visitor who is not heard of again: they may be forgotten. */
      readonly isPassing?: boolean;
      readonly value: number;
      readonly item: string;
    }
  | { readonly k: 'answered'; readonly id: string }
  /**
   * The user is about to take back that anything is kept of their events; and they have: what is posted from now on is in no journal.
   * Nothing is posted between, for nobody knows whether it would be kept.
   */
  | { readonly k: 'withholding'; readonly user: string }
  | { readonly k: 'withheld'; readonly user: string }
  /** The user is about to be erased; and they are, for good. */
  | { readonly k: 'erasing'; readonly user: string }
  | { readonly k: 'erased'; readonly user: string }
  /** Something came that the contract does not allow. */
  | { readonly k: 'problem'; readonly words: string };

/** Whole lines of a ledger. The last one may have been cut off when its process was killed: it was never acted upon. */
export function parseLedger(text: string): LedgerLine[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LedgerLine);
}
