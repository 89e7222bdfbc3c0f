import { pick } from './hash.js';
import type { Ink } from './motif.js';

/** Colours of one picture: its inks, the paper of its tile, and what its pattern is printed with. */
export interface Palette {
  readonly inks: Readonly<Record<Ink, string>>;
  readonly paper: string;
  readonly pattern: string;
}

type Family =
  | 'red'
  | 'pink'
  | 'orange'
  | 'yellow'
  | 'green'
  | 'teal'
  | 'blue'
  | 'purple'
  | 'pale'
  | 'black'
  | 'brown';

interface Colour {
  readonly hex: string;
  readonly family: Family;
}

const DARK = '#23204f';
const LIGHT = '#fffdf7';

function colour(hex: string, family: Family): Colour {
  return { hex, family };
}

const RED = colour('#e0442e', 'red');
const PINK = colour('#f07ba4', 'pink');
const ORANGE = colour('#f0812f', 'orange');
const YELLOW = colour('#f6bf26', 'yellow');
const GREEN = colour('#3f9a62', 'green');
const TEAL = colour('#2ba6a1', 'teal');
const BLUE = colour('#3a6fd0', 'blue');
const PURPLE = colour('#8b62c6', 'purple');
const BLACK = colour('#34315c', 'black');
const WHITE = colour('#fffdf7', 'pale');
const CREAM = colour('#f6e3b4', 'pale');
const SILVER = colour('#b9c3d3', 'pale');
const BROWN = colour('#c08a52', 'brown');
const COCOA = colour('#8a5238', 'brown');

/** Colour words of titles, and words that everyone connects with a colour. */
const BY_WORD: readonly (readonly [RegExp, Colour])[] = [
  [/\b(red|retrospot|ruby|cherry|toadstool|santa|robin)\b/, RED],
  [/\b(pink|rose|roses|fairy|dolly|suki|flamingo|ballerina)\b/, PINK],
  [/\b(strawberry|strawberries|poppy|poppies|christmas|skulls?)\b/, RED],
  [/\b(blue|spaceboy|denim|cornflower|nautical|cars|london|union jack)\b/, BLUE],
  [/\b(green|apples?|woodland|herb|garden|leaf|frog|mint)\b/, GREEN],
  [/\b(yellow|lemon|gold|golden|brass|sunflower|chick|easter|daisy)\b/, YELLOW],
  [/\b(orange|fox|tiger|carrot|circus)\b/, ORANGE],
  [/\b(purple|lilac|lavender|amethyst|plum|paisley|butterfly)\b/, PURPLE],
  [/\b(turquoise|aqua|teal|scandinavian|glass|crystal|ocean|sea|pantry)\b/, TEAL],
  [/\b(black|slate|chalkboard|blackboard|jet|baroque)\b/, BLACK],
  [/\b(silver|zinc|metal|chrome|tin|grey|gray|steel)\b/, SILVER],
  [/\b(chocolate|brown|coffee|cocoa)\b/, COCOA],
  [/\b(wood|wooden|wicker|natural|rustic|sandalwood|bamboo|jute|basket)\b/, BROWN],
  [/\b(ivory|cream|vintage|antique|doily|victorian|edwardian|lace|parchment)\b/, CREAM],
  [/\b(white|enamel|porcelain|snow|ceramic|angel)\b/, WHITE],
];

const FREE = [RED, PINK, ORANGE, YELLOW, GREEN, TEAL, BLUE, PURPLE] as const;

/** Papers that a body of the family stands out from. */
const PAPERS: Readonly<Record<Family, readonly string[]>> = {
  red: ['#ffe08a', '#bfe3f2', '#ffd3c4', '#d8ecc4'],
  pink: ['#cfe8d5', '#ffe79e', '#d6dcff', '#ffd9cf'],
  orange: ['#cde6f5', '#ffe79e', '#e3d8fb', '#cfeee6'],
  yellow: ['#c6dcff', '#ffcfc9', '#d9d2f7', '#c8ebdd'],
  green: ['#ffe79e', '#ffd2dd', '#e6e0ff', '#d3efff'],
  teal: ['#ffd9c2', '#ffe79e', '#ffd2e0', '#e0dcff'],
  blue: ['#ffd9a0', '#ffcfd8', '#d5f0cf', '#cfe9ff'],
  purple: ['#ffe79e', '#cdeedd', '#ffd6e4', '#e6dcff'],
  pale: ['#f7a58f', '#8ec5e8', '#9ed3a9', '#f4a9c4', '#b9a6ea', '#f4c35a'],
  black: ['#ffd76e', '#ffb8a3', '#bfe0ff', '#c5ebc9'],
  brown: ['#bfe3e0', '#ffe2a0', '#f9cdd9', '#cfdcff'],
};

/** Colours by the words of a title, as far as it has any; the rest by `id`, the same every time. */
export function paletteOf(id: string, title: string): Palette {
  const words = title.toLowerCase();
  const named = BY_WORD.filter(([word]) => word.test(words)).map(([, found]) => found);
  const body = named[0] ?? pick(FREE, id, 'body');
  const others = FREE.filter(({ family }) => family !== body.family);
  const trim = named.find(({ family }) => family !== body.family) ?? pick(others, id, 'trim');
  const isPale = body.family === 'pale';
  return {
    inks: { print: body.hex, body: body.hex, trim: trim.hex, dark: DARK, light: LIGHT, glow: '#ffd23f' },
    paper: pick(PAPERS[body.family], id, 'paper'),
    pattern: isPale ? (trim.family === 'pale' ? RED.hex : trim.hex) : LIGHT,
  };
}
