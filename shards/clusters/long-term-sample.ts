/** Items that tell of a shopper in a sample: those that count most. */
export const SAMPLE_ITEMS = 8;

/** Shoppers as clusters see them: no names. The caller owns the arrays. */
export interface LongTermSample {
  /** Numbers of a vector. */
  readonly width: number;
  /** Float32 [shoppers, width]: long-term interest, of length 1. */
  readonly vectors: Float32Array;
  /** Int32 [shoppers, SAMPLE_ITEMS]: indices of their items, −1 for none. */
  readonly items: Int32Array;
}

/** Part of a sample; the last one says so. */
export interface LongTermPage extends LongTermSample {
  readonly isLast: boolean;
}
