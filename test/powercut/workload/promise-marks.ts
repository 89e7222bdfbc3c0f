/**
 * What the workload says of itself in the recording: before it asks for something, and after it was told that it is done. Events
 * that are acknowledged, and merges, are read from what the gateway sends (`wire-frames.ts`), which is earlier.
 */
export type PromiseMark =
  | { readonly m: 'session'; readonly session: string; readonly user: string | null }
  | { readonly m: 'sent'; readonly session: string; readonly event: SentEvent }
  | { readonly m: 'posted'; readonly events: readonly PostedEvent[] }
  | { readonly m: 'post-done'; readonly ids: readonly string[] }
  | { readonly m: 'merge'; readonly session: string; readonly user: string }
  | { readonly m: 'put'; readonly items: readonly PutItem[] }
  | { readonly m: 'put-done' }
  | { readonly m: 'snapshot' }
  | { readonly m: 'snapshot-done'; readonly name: string }
  | { readonly m: 'swap' }
  | { readonly m: 'swap-done'; readonly fingerprint: string }
  | KilledMark
  | { readonly m: 'end' };

/** The process was killed: of the calls that it had not come back from, what is to be seen of them. */
export interface KilledMark {
  readonly m: 'killed';
  /** `result` as that of the call; what is absent has not happened. */
  readonly calls: readonly { readonly id: string; readonly result: number }[];
}

/** An event of a session. `item` is the number in its id. */
export interface SentEvent {
  readonly seq: number;
  readonly e: 'view_item' | 'add_to_cart' | 'purchase';
  readonly item: number;
}

/** An event over HTTP. */
export interface PostedEvent {
  readonly id: string;
  readonly user: string;
  readonly item: number;
}

/** `price` undefined: the item is deleted. */
export interface PutItem {
  readonly item: number;
  readonly price?: number;
}
