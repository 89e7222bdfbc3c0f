import { fill, line, type Motif } from './motif.js';
import { box, disc, heart, oval, star } from './paths.js';

/** Paper, ribbon, thread and what one writes with. */

export const card: Motif = [
  fill('trim', 'M24 26 72 18v60l-48 8Z'),
  fill('print', box([22, 22, 46, 62], 2)),
  fill('light', heart(45, 52, 26)),
];

export const wrap: Motif = [
  fill('print', 'M18 66 66 18l16 16-48 48Z'),
  fill('trim', 'M40 44 56 60l-8 8-16-16Z'),
  fill('light', 'M18 66c-6 6-2 16 4 18s14 2 12-2Z'),
  fill('dark', oval(26, 75, 4, 4)),
];

export const napkins: Motif = [
  fill('trim', 'M24 64 50 76l30-14v8L50 84 24 72Z'),
  fill('light', 'M24 56 50 68l30-14v8L50 76 24 64Z'),
  fill('print', 'M20 44 52 28l30 14-32 20Z', 'M20 44l30 18v6L22 54Z', 'M82 42 50 62v6l32-18Z'),
];

export const ribbon: Motif = [
  line('print', 8, 'M66 62c24 0 8 20 26 18'),
  fill('trim', oval(44, 26, 28, 9), oval(44, 76, 28, 9)),
  fill('print', box([24, 28, 40, 46])),
  line('light', 1.8, 'M24 40h40', 'M24 51h40', 'M24 62h40'),
  fill('dark', oval(44, 26, 6, 2.5)),
];

export const pencils: Motif = [
  fill('print', box([26, 34, 12, 50]), box([44, 26, 12, 58]), box([62, 38, 12, 46])),
  fill('light', 'M26 34l6-14 6 14Z', 'M44 26l6-14 6 14Z', 'M62 38l6-14 6 14Z'),
  fill('dark', 'M30 25l2-5 2 5Z', 'M48 17l2-5 2 5Z', 'M66 29l2-5 2 5Z'),
  fill('trim', box([26, 74, 12, 10]), box([44, 74, 12, 10]), box([62, 74, 12, 10])),
];

export const book: Motif = [
  fill('light', box([26, 20, 54, 62], 2)),
  fill('print', box([20, 18, 56, 64], 3)),
  fill('dark', box([20, 18, 9, 64], 2)),
  fill('light', box([38, 32, 28, 16], 2)),
  line('trim', 2.4, 'M43 38h18', 'M43 43h10'),
];

export const stickers: Motif = [
  fill('light', box([20, 18, 60, 66], 3)),
  fill('print', disc(36, 36, 10), heart(63, 36, 20), star(37, 65, 12)),
  fill('trim', box([54, 56, 19, 18], 5)),
];

export const cutter: Motif = [
  line('dark', 9, heart(50, 54, 56)),
  line('print', 5, heart(50, 54, 56)),
  fill('trim', star(50, 50, 11)),
];

export const pegs: Motif = [
  line('dark', 2, 'M4 30c30 10 62 10 92 0'),
  fill('print', box([18, 22, 12, 46], 3), box([44, 26, 12, 46], 3), box([70, 22, 12, 46], 3)),
  fill('light', box([23, 46, 2, 22]), box([49, 50, 2, 22]), box([75, 46, 2, 22])),
  fill('trim', box([17, 34, 14, 5], 1), box([43, 38, 14, 5], 1), box([69, 34, 14, 5], 1)),
];

export const bunting: Motif = [
  line('dark', 2.5, 'M2 28c28 20 68 20 96 0'),
  fill('print', 'M8 33l22 8-14 26Z', 'M39 43h22L50 72Z', 'M70 41l22-8-8 34Z'),
  fill('trim', 'M30 41l9 2-5 20Z', 'M61 43l9-2-4 22Z'),
];
