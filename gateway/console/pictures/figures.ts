import { fill, line, type Motif } from './motif.js';
import { box, disc, heart as heartPath, oval, petals, star as starPath } from './paths.js';

/** Animals, plants, toys and festive shapes. */

export const heart: Motif = [
  line('dark', 2, 'M50 2v30'),
  fill('print', heartPath(50, 56, 66)),
  fill('light', oval(33, 44, 5, 7)),
];

export const star: Motif = [
  line('dark', 2, 'M50 2v16'),
  fill('print', starPath(50, 50, 36)),
  fill('light', disc(50, 50, 5)),
];

export const bird: Motif = [
  line('dark', 2.5, 'M46 76v9', 'M56 76v9'),
  fill('trim', 'M18 62 2 52l6 22Z', 'M80 40l14 4-13 6Z'),
  fill('print', 'M14 64c4-22 22-20 34-24 4-12 30-14 34 4 3 16-10 34-34 34-16 0-30-4-34-14Z'),
  fill('body', 'M34 60c8-10 22-10 26-2-4 10-18 12-26 2Z'),
  line('light', 2, 'M36 60c8-7 18-7 22-2'),
  fill('dark', disc(71, 40, 3)),
];

export const butterfly: Motif = [
  fill('print', 'M48 50C40 18 10 14 12 36c1 14 16 18 36 14Z', 'M52 50c8-32 38-36 36-14-1 14-16 18-36 14Z'),
  fill('trim', 'M48 54c-20-2-30 8-24 20 6 10 20 4 24-20Z', 'M52 54c20-2 30 8 24 20-6 10-20 4-24-20Z'),
  line('dark', 4, 'M50 38v34'),
  line('dark', 2, 'M50 38c-2-8-6-12-10-14', 'M50 38c2-8 6-12 10-14'),
];

export const flower: Motif = [
  line('dark', 3.5, 'M50 54v30'),
  fill('trim', 'M50 80c-4-14-16-16-24-14 4 12 12 16 24 14Z', 'M50 74c4-12 14-14 22-12-4 10-10 14-22 12Z'),
  fill('print', petals(50, 36, 30)),
  fill('glow', disc(50, 36, 10)),
];

export const tree: Motif = [
  fill('dark', box([45, 72, 10, 12])),
  fill('print', 'M50 12 70 40H58l18 18H62l20 18H18l20-18H24l18-18H30Z'),
  fill('glow', starPath(50, 13, 8)),
  fill('trim', disc(44, 48, 4), disc(58, 58, 4), disc(38, 68, 4)),
];

export const bauble: Motif = [
  line('dark', 2, 'M50 2v18'),
  fill('dark', box([43, 18, 14, 9], 2)),
  fill('print', disc(50, 54, 29)),
  line('trim', 5, 'M22 52c18 9 38 9 56 0'),
  fill('light', oval(38, 40, 5, 7)),
];

export const egg: Motif = [
  fill('print', 'M50 14c16 0 27 24 27 42S66 84 50 84 23 74 23 56s11-42 27-42Z'),
  line('trim', 4, 'M25 48l8 6 9-6 8 6 8-6 9 6 8-6'),
  line('light', 3, 'M25 62c16 6 34 6 50 0'),
];

export const babushka: Motif = [
  fill(
    'print',
    'M50 12c14 0 20 10 20 20 0 6 10 12 10 30 0 16-10 22-30 22s-30-6-30-22c0-18 10-24 10-30 0-10 6-20 20-20Z',
  ),
  fill('light', disc(50, 33, 13)),
  fill('dark', 'M37 32c2-16 24-16 26 0-8-7-18-7-26 0Z', disc(45, 35, 1.6), disc(55, 35, 1.6)),
  fill('trim', petals(50, 64, 14), disc(44, 40, 2.2), disc(56, 40, 2.2)),
];

export const rabbit: Motif = [
  fill('body', oval(38, 24, 7, 20), oval(62, 24, 7, 20)),
  fill('trim', oval(38, 26, 3, 13), oval(62, 26, 3, 13)),
  fill('print', oval(50, 60, 30, 24)),
  fill('light', oval(50, 68, 14, 10)),
  fill('dark', disc(38, 56, 3), disc(62, 56, 3), 'M46 63h8l-4 5Z'),
];

export const cat: Motif = [
  fill('print', 'M20 18l18 14h24l18-14v40c0 16-12 26-30 26S20 74 20 58Z'),
  fill('trim', 'M26 28l8 7-8 4Z', 'M74 28l-8 7 8 4Z'),
  fill('dark', disc(38, 52, 3.4), disc(62, 52, 3.4), 'M46 60h8l-4 5Z'),
  line('dark', 1.8, 'M50 65c-2 6-8 6-10 3', 'M50 65c2 6 8 6 10 3', 'M30 62H12', 'M70 62h18'),
];

export const rocket: Motif = [
  fill('trim', 'M34 58 20 78l18-4Z', 'M66 58l14 20-18-4Z'),
  fill('glow', 'M42 78h16l-8 18Z'),
  fill('print', 'M50 6c16 14 20 40 14 72H36C30 46 34 20 50 6Z'),
  fill('light', disc(50, 38, 9)),
  line('dark', 2.5, disc(50, 38, 9)),
];

export const blocks: Motif = [
  fill('print', box([12, 48, 36, 36], 3)),
  fill('trim', box([52, 48, 36, 36], 3)),
  fill('body', box([32, 10, 36, 36], 3)),
  fill('light', heartPath(50, 28, 20), starPath(30, 66, 11), disc(70, 66, 10)),
  fill('dark', disc(70, 66, 4)),
];

export const magnet: Motif = [
  line('print', 15, 'M30 26v24c0 28 40 28 40 0V26'),
  line('light', 15, 'M30 20v9', 'M70 20v9'),
];

export const scales: Motif = [
  fill('trim', 'M18 28h64l-8 12H26Z'),
  fill('dark', box([45, 38, 10, 10])),
  fill('print', 'M28 46h44l8 38H20Z'),
  fill('light', disc(50, 64, 13)),
  line('dark', 2.5, 'M50 64l6-8'),
];

export const gift: Motif = [
  fill('print', box([20, 44, 60, 40], 2)),
  fill('body', box([15, 32, 70, 14], 2)),
  fill('trim', box([44, 32, 12, 52])),
  line('trim', 5, 'M50 31C30 32 26 12 38 14c8 2 10 10 12 17Z', 'M50 31c20 1 24-19 12-17-8 2-10 10-12 17Z'),
];
