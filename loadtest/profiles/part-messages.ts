import type { SavedClicks } from '../load/click-recorder.js';
import type { Settled } from './socket-load.js';

/** What a process of the generator is told: its part of the load, and then when to begin. */
export type ToPart =
  | { readonly t: 'open'; readonly config: Settled; readonly part: number; readonly run: string }
  /** Clock µs, which all processes of the machine share. */
  | { readonly t: 'begin'; readonly startUs: number };

/** What it says: its connections are open; how far it is; and what came of it. */
export type FromPart =
  | { readonly t: 'opened' }
  | { readonly t: 'progress'; readonly clicks: number }
  | { readonly t: 'done'; readonly clicks: SavedClicks; readonly cpuShare: number }
  | { readonly t: 'failed'; readonly message: string };
