import type { Item } from '../catalogue/shared-catalogue.js';
import type { LearnedBlend } from '../content/content-blend.js';
import type { SharedVectors } from '../kernel/shared-vectors.js';
import type { KindLinks } from './kind-index.js';
import type { MeaningHits } from './meaning-index.js';

/** Items of one message to the thread: what is taken back when they change meanwhile. */
export const ITEMS_A_MESSAGE = 64;

/** What the thread of an encoder starts with. */
export interface EncoderStart {
  /** Of the encoder. */
  readonly folder: string;
  /** Of the vectors that are kept; absent: in memory alone. */
  readonly cachePath?: string;
  readonly cachedMax: number;
}

/** An item as the thread gets it; without `item` there is none any more. */
export interface EncodedItem {
  readonly index: number;
  readonly item?: Item;
}

/** A model whose items without a learned place the thread finds one for. */
export interface PlacingModel {
  /** Shared and live. */
  readonly shared: SharedVectors;
  /** Float32 [buckets] of `TextEncoder`; empty: the model knows nothing of words. */
  readonly idf: Float32Array;
  /** Absent: it was trained without an encoder. */
  readonly blend?: LearnedBlend;
  readonly references: readonly { readonly index: number; readonly item: Item; readonly clicks: number }[];
}

/** To the thread. */
export type EncoderCall =
  | { readonly op: 'items'; readonly items: readonly EncodedItem[] }
  | { readonly op: 'model'; readonly number: number; readonly model: PlacingModel | null }
  | { readonly op: 'ask'; readonly id: number; readonly text: string; readonly count: number }
  /** What leads from these items to other kinds, by all that was given before. */
  | { readonly op: 'link'; readonly items: readonly number[] }
  /** It ends when it has closed what it holds: ended from outside, a run under way would end the process. */
  | { readonly op: 'stop' };

/** From the thread. */
export type EncoderReply =
  | { readonly op: 'ready'; readonly name: string; readonly cached: number; readonly cacheProblem?: string }
  /** The last message of items has been taken in; `encoded` of them were not in the cache. */
  | {
      readonly op: 'taken';
      readonly encoded: number;
      /** Of the model with this number, for items that it has no learned place for. */
      readonly model: number;
      readonly places: readonly { readonly index: number; readonly place: Float32Array }[];
      /** How much of an item's place is that one, 0 to 1. */
      readonly share: number;
    }
  /** Places can be found for the model from now on. */
  | { readonly op: 'placing'; readonly model: number }
  /** `isMixed`: the items are of several kinds; else there is nothing to link. */
  | { readonly op: 'linked'; readonly isMixed: boolean; readonly links: readonly KindLinks[] }
  | { readonly op: 'answer'; readonly id: number; readonly hits: MeaningHits }
  | { readonly op: 'failed'; readonly reason: string };
