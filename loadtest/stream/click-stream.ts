import type { EventName } from '../../gateway/protocol/messages.js';

/** One click of the stream. The object is borrowed until the next one is asked for. */
export interface StreamClick {
  /** Number of the shopper, from 0 in the order in which they come. */
  shopper: number;
  item: string;
  e: EventName;
  /** True for the last click of the shopper: they leave, and the next shopper comes. */
  isLast: boolean;
}

/** Who clicks what next, without end. It depends on nothing that the server answers: a seed gives one stream. */
export interface ClickStream {
  next(): Readonly<StreamClick>;
  /** Shoppers who are there at the same time, from the start on. */
  readonly present: number;
  /** Clicks of a shopper, on average; `Infinity` when nobody leaves. */
  readonly meanClicks: number;
}
