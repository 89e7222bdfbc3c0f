import { fill, line, type Motif } from './motif.js';
import { box, disc, heart, oval } from './paths.js';

/** Things to carry, wear or open in the rain. */

export const tote: Motif = [
  line('trim', 5, 'M36 40c0-32 28-32 28 0'),
  fill('print', 'M23 36h54l6 48H17Z'),
  line('light', 1.8, 'M23 42h54'),
];

export const lunchBag: Motif = [
  line('trim', 4.5, 'M38 24c0-16 24-16 24 0'),
  fill('print', box([22, 34, 56, 50], 3)),
  fill('trim', 'M22 38 28 22h44l6 16Z'),
  fill('light', disc(50, 38, 4.5)),
];

export const lunchBox: Motif = [
  line('dark', 4.5, 'M38 34c0-16 24-16 24 0'),
  fill('print', box([14, 34, 72, 50], 9)),
  fill('trim', box([14, 54, 72, 6])),
  fill('light', box([43, 50, 14, 14], 3)),
];

export const purse: Motif = [
  fill('trim', disc(45, 26, 5), disc(55, 26, 5)),
  fill('print', 'M26 40c-12 14-14 26-10 36 3 8 65 8 68 0 4-10 2-22-10-36Z'),
  fill('dark', 'M28 32h44l4 10H24Z'),
];

export const umbrella: Motif = [
  line('dark', 3.5, 'M50 14v58c0 14 18 14 18 1'),
  fill(
    'print',
    'M10 52c0-26 18-38 40-38s40 12 40 38c-6-6-14-6-20 0-6-6-14-6-20 0-6-6-14-6-20 0-6-6-14-6-20 0Z',
  ),
  line('light', 1.8, 'M30 51c1-18 9-30 20-36', 'M70 51c-1-18-9-30-20-36'),
];

export const necklace: Motif = [
  line('dark', 2, 'M20 14c2 38 14 50 30 50s28-12 30-50'),
  fill('trim', disc(25, 36, 4), disc(33, 51, 4.5), disc(67, 51, 4.5), disc(75, 36, 4)),
  fill('print', heart(50, 70, 28)),
];

export const ring: Motif = [
  line('body', 6, disc(50, 60, 23)),
  fill('print', 'M36 18h28l9 12-23 22-23-22Z'),
  line('light', 1.8, 'M27 30h46', 'M42 30l8 20 8-20'),
];

export const fan: Motif = [
  fill('print', 'M50 78 8 46C20 16 80 16 92 46Z'),
  line('light', 1.6, 'M50 78 22 34', 'M50 78 40 25', 'M50 78l10-53', 'M50 78l28-44'),
  fill('dark', disc(50, 78, 4.5)),
];

export const keyring: Motif = [
  line('dark', 3.5, disc(50, 22, 12)),
  line('dark', 2.5, 'M50 34v10'),
  fill('print', heart(50, 65, 42)),
  fill('light', disc(50, 52, 3)),
];

export const warmer: Motif = [
  fill('trim', box([43, 10, 14, 12], 3)),
  fill('print', 'M38 22h24c2 7 12 8 14 20v32a12 12 0 0 1-12 12H36a12 12 0 0 1-12-12V42c2-12 12-13 14-20Z'),
  fill('light', heart(50, 56, 24)),
];

export const balloon: Motif = [
  line('dark', 2, 'M50 66c-6 8 6 12 0 24'),
  fill('print', oval(50, 38, 25, 29)),
  fill('trim', 'M44 70 50 63l6 7Z'),
  fill('light', oval(41, 27, 5, 8)),
];
