import { RECORD_KINDS } from '../../metrics/rows/store-metrics.js';

/**
 * What a record is. `event` and `call` are no rows of a store: an event that could be read and not be applied, and a call that
 * could not be carried out.
 */
export type RecordKind = (typeof RECORD_KINDS)[number];

/** A record that cannot be read or applied. */
export interface Damage {
  readonly kind: RecordKind;
  /** What its key says: user; user and session; position; … A key that cannot be read itself is named in hex. */
  readonly names: readonly string[];
  /** One sentence without anything of its content. */
  readonly reason: string;
  /** As it was found; a copy, the receiver's. */
  readonly bytes: Uint8Array;
}

/** Hears of each damaged row that a store comes across, every time. */
export type DamageListener = (damage: Damage) => void;

/** A damaged record that is kept. */
export interface SetAsideRow extends Damage {
  /** Epoch ms. */
  readonly atMs: number;
  /** True until the next recovery has made its user anew from the journal. */
  readonly isOwed: boolean;
}
