import { svgElement } from '../elements/element.js';
import { pick } from './hash.js';
import { box, disc, heart, petals, star } from './paths.js';

/** One repeat of a printed pattern: a square of `size` units. */
interface Repeat {
  readonly size: number;
  readonly d: string;
  readonly turnDeg: number;
}

const DOTS: Repeat = { size: 11, d: disc(2.75, 2.75, 1.9) + disc(8.25, 8.25, 1.9), turnDeg: 0 };
const STRIPES: Repeat = { size: 8, d: box([0, 0, 3, 8]), turnDeg: 0 };
const SLANTS: Repeat = { size: 9, d: box([0, 0, 3.2, 9]), turnDeg: 45 };
const CHECKS: Repeat = { size: 10, d: box([0, 0, 5, 5]) + box([5, 5, 5, 5]), turnDeg: 0 };
const HEARTS: Repeat = { size: 14, d: heart(4, 4, 6) + heart(11, 11, 6), turnDeg: 0 };
const STARS: Repeat = { size: 14, d: star(4, 4, 3.2) + star(11, 11, 3.2), turnDeg: 10 };
const FLOWERS: Repeat = { size: 15, d: petals(4, 4, 4, 5) + petals(11.5, 11.5, 4, 5), turnDeg: 0 };
const LEAVES: Repeat = {
  size: 13,
  d: 'M2 7C2 3 6 2 8 1c1 4-1 7-6 6ZM8 13c0-4 3-5 5-6 1 4-1 6-5 6Z',
  turnDeg: 15,
};
const DROPS: Repeat = { size: 13, d: 'M4 1c5 1 5 7 1 8S0 5 4 1Zm6 7c3 1 3 4 1 5s-4-2-1-5Z', turnDeg: 20 };

const BY_WORD: readonly (readonly [RegExp, Repeat])[] = [
  [/retrospot|polkadot|spot|dotty|dots?\b/, DOTS],
  [/stripe|circus|deck ?chair|nautical|candy/, STRIPES],
  [/gingham|check|tartan|picnic|diner/, CHECKS],
  [/paisley|suki|baroque/, DROPS],
  [/flower|floral|rose|daisy|garden|regency|doily|lace|suki|poppy|cherry/, FLOWERS],
  [/heart|love|sweetheart/, HEARTS],
  [/star|spaceboy|christmas|magic/, STARS],
  [/leaf|woodland|herb|apple|botanical|jungle|tree/, LEAVES],
  [/union jack|london|retro|vintage|strip/, SLANTS],
];

/** The pattern that a title speaks of; half of the others get a plain one. */
export function repeatOf(id: string, title: string): Repeat | undefined {
  const words = title.toLowerCase();
  const named = BY_WORD.find(([word]) => word.test(words));
  return named
    ? named[1]
    : pick([undefined, undefined, undefined, undefined, DOTS, STRIPES, SLANTS], id, 'pattern');
}

/** A `<pattern>` for `fill="url(#id)"`. */
export function patternElement(domId: string, repeat: Repeat, ink: string): SVGPatternElement {
  return svgElement(
    'pattern',
    {
      id: domId,
      width: repeat.size,
      height: repeat.size,
      patternUnits: 'userSpaceOnUse',
      patternTransform: repeat.turnDeg ? `rotate(${repeat.turnDeg})` : undefined,
    },
    svgElement('path', { d: repeat.d, fill: ink }),
  );
}
