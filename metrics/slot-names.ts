import { SLOT_PLACES } from './rows/click-metrics.js';

/** Slots that may be counted by themselves. */
export const SLOT_NAMES_MAX = SLOT_PLACES.length - 1;

/** Names of the slots that are counted by themselves, each at its place of `SLOT_PLACES`; `text` has them separated by commas. */
export function slotNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== '');
}
