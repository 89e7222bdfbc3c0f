import { fill, line, type Motif } from './motif.js';
import { box, disc, heart, oval } from './paths.js';

/** Things that light, hang on or furnish a room. */

export const candle: Motif = [
  fill('trim', oval(50, 80, 26, 5)),
  fill('print', box([36, 40, 28, 41], 3)),
  fill('light', oval(50, 40, 14, 3.5)),
  line('dark', 2, 'M50 40v-7'),
  fill('glow', 'M50 12c9 10 9 18 0 22-9-4-9-12 0-22Z'),
];

export const tealight: Motif = [
  line('dark', 2, 'M50 4v18'),
  line('dark', 2.5, 'M34 36c0-20 32-20 32 0'),
  fill('print', 'M28 36h44l4 38c0 7-6 10-12 10H36c-6 0-12-3-12-10Z'),
  fill('light', heart(50, 60, 30)),
  fill('glow', 'M50 50c6 7 6 12 0 15-6-3-6-8 0-15Z'),
];

export const lantern: Motif = [
  line('dark', 3, 'M40 20c0-14 20-14 20 0'),
  fill('trim', 'M28 36 40 20h20l12 16Z', box([26, 76, 48, 8], 2)),
  fill('print', box([30, 36, 40, 40])),
  fill('light', box([36, 42, 28, 34])),
  fill('body', box([44, 58, 12, 18], 1)),
  fill('glow', 'M50 43c5 6 5 11 0 13-5-2-5-7 0-13Z'),
];

export const lights: Motif = [
  line('dark', 2, 'M2 24c24 26 72 26 96 0'),
  fill('trim', box([16, 32, 8, 7]), box([46, 40, 8, 7]), box([76, 32, 8, 7])),
  fill('glow', 'M20 39c12 12 8 26 0 26s-12-14 0-26Z', 'M80 39c12 12 8 26 0 26s-12-14 0-26Z'),
  fill('print', 'M50 47c14 14 9 30 0 30s-14-16 0-30Z'),
];

export const clock: Motif = [
  line('dark', 5, 'M34 78l-5 6', 'M66 78l5 6'),
  fill('trim', disc(31, 27, 10), disc(69, 27, 10)),
  fill('print', disc(50, 54, 29)),
  fill('light', disc(50, 54, 21)),
  line('dark', 3, 'M50 40v14l9 6'),
  line('trim', 2, 'M50 34v3', 'M50 71v3', 'M30 54h3', 'M67 54h3'),
];

export const frame: Motif = [
  line('dark', 2, 'M36 26 50 10l14 16'),
  fill('print', box([20, 24, 60, 60], 2)),
  fill('light', box([30, 34, 40, 40])),
  fill('glow', disc(58, 45, 5)),
  fill('trim', 'M30 74V62l12-10 11 11 6-5 11 9v7Z'),
];

export const mirror: Motif = [
  fill('print', oval(50, 48, 30, 36)),
  fill('light', oval(50, 48, 22, 28)),
  line('trim', 2.5, 'M40 58l18-22', 'M48 62l12-15'),
];

export const sign: Motif = [
  line('dark', 2, 'M24 40 50 12l26 28'),
  fill('dark', disc(50, 12, 3)),
  fill('print', box([12, 36, 76, 40], 4)),
  fill('light', box([18, 42, 64, 28], 2)),
  line('dark', 3, 'M28 51h44'),
  line('trim', 3, 'M34 61h32'),
];

export const chalkboard: Motif = [
  line('dark', 2, 'M34 26 50 10l16 16'),
  fill('trim', box([16, 24, 68, 58], 3)),
  fill('dark', box([23, 31, 54, 44])),
  line('light', 2.2, 'M32 43c8-5 10 5 18 0s8 3 14-1', 'M32 54h34', 'M32 64h20'),
];

export const mat: Motif = [
  line('dark', 2, 'M20 42 8 78', 'M80 42l12 36'),
  fill('print', 'M22 40h56l14 40H8Z'),
  line('light', 2.5, 'M27 46h46l9 28H18Z'),
  line('trim', 3, 'M40 60h20'),
];

export const cushion: Motif = [
  fill('print', 'M18 26c12 5 52 5 64 0 5 16 5 42 0 56-12-5-52-5-64 0-5-14-5-40 0-56Z'),
  line('light', 2, 'M25 33c12 3 38 3 50 0'),
  fill('trim', disc(18, 26, 4), disc(82, 26, 4), disc(18, 82, 4), disc(82, 82, 4)),
];

export const knob: Motif = [
  fill('trim', oval(50, 76, 26, 8)),
  fill('dark', 'M42 54h16l4 22H38Z'),
  fill('print', disc(50, 40, 26)),
  fill('light', oval(41, 31, 7, 5)),
];

export const hook: Motif = [
  fill('print', box([16, 22, 68, 20], 6)),
  line('dark', 5, 'M32 38v20c0 14 18 14 16 0', 'M62 38v20c0 14 18 14 16 0'),
  fill('trim', disc(32, 32, 4), disc(50, 32, 4), disc(68, 32, 4)),
];

export const cabinet: Motif = [
  line('dark', 4, 'M26 80v6', 'M74 80v6'),
  fill('print', box([18, 22, 64, 60], 3)),
  fill('light', box([24, 28, 52, 21], 2), box([24, 54, 52, 21], 2)),
  fill('trim', disc(50, 38, 4), disc(50, 64, 4)),
];

export const plant: Motif = [
  fill(
    'trim',
    'M50 54C30 52 26 34 30 20c16 6 22 18 20 34Z',
    'M50 54c20-2 24-16 22-28-14 4-22 14-22 28Z',
    'M47 56V30h5v26Z',
  ),
  fill('print', 'M28 52h44l-6 32H34Z'),
  fill('dark', box([26, 48, 48, 8], 2)),
];

export const basket: Motif = [
  line('trim', 5, 'M26 46c0-40 48-40 48 0'),
  fill('print', 'M18 44h64l-8 40H26Z'),
  line('dark', 1.6, 'M21 56h58', 'M23 67h54', 'M36 44l4 40', 'M50 44v40', 'M64 44l-4 40'),
  fill('trim', box([15, 40, 70, 8], 4)),
];
