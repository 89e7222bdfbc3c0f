import { KEPT_AT_MOST, KEPT_FOR_WIDE } from '../wire/shard-limits.js';

/** What a shard leaves out of its work: one rung of the ladder that it climbs under too much load. */
export interface Rung {
  /** 0 nothing, 1 lists coalesce, 2 fewer candidates, 3 neighbours only, 4 refuses; what metrics and documents call it. */
  readonly level: 0 | 1 | 2 | 3 | 4;
  /** True: lists wait for a turn of their own, so that clicks come first, and those of a user who clicks again become one. */
  readonly coalesces: boolean;
  /** Candidates that are scored for a list, at most. */
  readonly candidatesMax: number;
  /** True: lists are ordered by what the graphs propose; no vector is read and nothing is explained. */
  readonly neighboursOnly: boolean;
  /** True: new connections are refused, and so are events for which there is no room (`OverloadController.roomEvents`). */
  readonly refuses: boolean;
  /** What `model` of such a list ends with. */
  readonly mark: '' | '+short' | '+neighbours';
}

const NOTHING: Rung = {
  level: 0,
  coalesces: false,
  candidatesMax: KEPT_FOR_WIDE,
  neighboursOnly: false,
  refuses: false,
  mark: '',
};
const COALESCED: Rung = { ...NOTHING, level: 1, coalesces: true };
const HALF: Rung = { ...COALESCED, level: 2, candidatesMax: KEPT_AT_MOST / 2, mark: '+short' };
const QUARTER: Rung = { ...HALF, candidatesMax: KEPT_AT_MOST / 4 };
const NEIGHBOURS: Rung = { ...QUARTER, level: 3, neighboursOnly: true, mark: '+neighbours' };
const REFUSING: Rung = { ...NEIGHBOURS, level: 4, refuses: true };

/** The order in which a shard sheds: each rung leaves out what the one before does, and more. The first is normal work. */
export const RUNGS: readonly Rung[] = [NOTHING, COALESCED, HALF, QUARTER, NEIGHBOURS, REFUSING];
