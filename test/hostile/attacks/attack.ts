import type { Scene } from './scene.js';

/** One way to misbehave. */
export interface Attack {
  readonly name: string;
  /** In one line, for the table. */
  readonly what: string;
  /** Its share of the time against that of the others; 1 is usual. */
  readonly weight: number;
  /** Goes on until the scene is over, or ends earlier; leaves nothing open that the scene does not know. */
  readonly run: (scene: Scene) => Promise<void>;
}
