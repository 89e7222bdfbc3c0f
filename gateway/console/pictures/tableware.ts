import { fill, line, type Motif } from './motif.js';
import { box, disc, oval } from './paths.js';

/** Things to eat and drink from. */

export const mug: Motif = [
  line('trim', 6, 'M66 44c17-4 17 25 0 23'),
  fill('print', 'M26 34h42v38a11 11 0 0 1-11 11H37a11 11 0 0 1-11-11Z'),
  fill('light', oval(47, 34, 21, 4.5)),
  line('dark', 2, 'M39 25c-4-5 4-7 0-12', 'M53 25c-4-5 4-7 0-12'),
];

export const teacup: Motif = [
  fill('trim', oval(48, 78, 35, 6)),
  line('trim', 4.5, 'M72 44c14-4 14 17-3 18'),
  fill('print', 'M22 38h53c0 24-11 38-26.5 38S22 62 22 38Z'),
  fill('light', oval(48.5, 38, 26.5, 5)),
  fill('dark', oval(48.5, 39, 21, 3)),
];

export const teapot: Motif = [
  line('trim', 5, 'M70 46c20-6 18 28-3 25'),
  fill('body', 'M32 58 14 42c-3-4 4-8 8-4l14 10Z'),
  fill('print', 'M28 56c0-18 12-26 22-26s22 8 22 26-8 27-22 27-22-9-22-27Z'),
  fill('trim', 'M38 33c2-6 22-6 24 0Z', disc(50, 25, 4.5)),
];

export const jug: Motif = [
  line('trim', 5, 'M66 38c20-2 17 32-1 30'),
  fill('print', 'M30 30 24 24h44l-3 14c5 9 7 17 7 26 0 13-7 19-20 19s-21-6-21-19c0-10 3-17 4-22Z'),
  fill('light', 'M27 27h40l-1 5H32Z'),
];

export const bottle: Motif = [
  fill('trim', box([42, 14, 16, 9], 2)),
  fill('body', box([44, 23, 12, 12])),
  fill('print', 'M44 33h12c12 3 16 9 16 18v22a10 10 0 0 1-10 10H38a10 10 0 0 1-10-10V51c0-9 4-15 16-18Z'),
  fill('light', box([36, 53, 28, 16], 3)),
  line('trim', 2.5, 'M41 59h18', 'M41 64h11'),
];

export const jar: Motif = [
  fill('trim', box([30, 20, 40, 12], 3)),
  fill('print', 'M32 32h36c5 4 6 8 6 13v28a10 10 0 0 1-10 10H36a10 10 0 0 1-10-10V45c0-5 1-9 6-13Z'),
  fill('light', box([34, 48, 32, 20], 2)),
  line('dark', 2, 'M40 55h20', 'M40 61h13'),
];

export const bowl: Motif = [
  fill('trim', box([38, 78, 24, 6], 2)),
  fill('print', 'M16 44h68c0 22-14 35-34 35S16 66 16 44Z'),
  fill('light', oval(50, 44, 34, 7)),
  fill('body', oval(50, 46, 27, 4)),
];

export const plate: Motif = [
  fill('print', disc(50, 52, 33)),
  fill('light', disc(50, 52, 21)),
  line('trim', 2, disc(50, 52, 17)),
  fill('trim', disc(50, 52, 4)),
];

export const cakestand: Motif = [
  line('dark', 3, 'M50 16v64'),
  fill('print', 'M32 30h36l-4 6H36Z', 'M24 50h52l-5 7H29Z', 'M14 71h72l-6 8H20Z'),
  line('light', 1.5, 'M33 31h34', 'M25 51h50', 'M15 72h70'),
  fill(
    'trim',
    disc(50, 15, 4),
    disc(42, 26, 4),
    disc(57, 26, 4),
    disc(36, 46, 4),
    disc(62, 46, 4),
    disc(30, 67, 4),
    disc(70, 67, 4),
  ),
];

export const cupcake: Motif = [
  fill('print', 'M27 54h46l-7 29H34Z'),
  fill('trim', 'M22 54c0-9 6-13 11-13 0-9 8-14 17-14s17 5 17 14c5 0 11 4 11 13Z'),
  line('light', 2, 'M33 47c6 4 28 4 34-2', 'M38 37c5 3 18 3 23-1'),
  fill('dark', disc(50, 23, 4.5)),
];

export const cutlery: Motif = [
  line('trim', 6, 'M36 48v35'),
  line('trim', 6, 'M64 48v35'),
  fill('print', 'M26 16h4v18h4V16h4v18h4V16h4v24c0 8-4 11-10 11s-10-3-10-11Z'),
  fill('print', oval(64, 33, 11, 17)),
];

export const tray: Motif = [
  line('trim', 5, 'M20 46c-13 3-13 19 0 22', 'M80 46c13 3 13 19 0 22'),
  fill('print', box([18, 36, 64, 42], 9)),
  line('light', 2.5, box([24, 42, 52, 30], 5)),
];

export const apron: Motif = [
  line('trim', 3, 'M38 30c-2-20 26-20 24 0', 'M28 52 14 60', 'M72 52l14 8'),
  fill('print', 'M37 27h26v17l12 8v32H25V52l12-8Z'),
  fill('trim', 'M38 58h24v13a5 5 0 0 1-5 5H43a5 5 0 0 1-5-5Z'),
];
