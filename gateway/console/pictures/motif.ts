/**
 * Inks of a picture. `body` and `trim` are the item's colours; `dark`, `light` and `glow` are the same in all pictures.
 * `print` is the body's colour with the item's pattern over it.
 */
export type Ink = 'print' | 'body' | 'trim' | 'dark' | 'light' | 'glow';

/** One shape: filled, or drawn as a line when it has a `width`. */
export interface Part {
  readonly ink: Ink;
  readonly d: string;
  readonly width?: number;
}

/** What an item looks like: its parts from back to front, in a square of 100 units that stands on y = 84. */
export type Motif = readonly Part[];

export function fill(ink: Ink, ...paths: string[]): Part {
  return { ink, d: paths.join('') };
}

export function line(ink: Ink, width: number, ...paths: string[]): Part {
  return { ink, d: paths.join(''), width };
}
