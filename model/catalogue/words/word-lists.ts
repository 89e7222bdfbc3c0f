/** What words of a title may say of an item. */
export const WORD_ATTRIBUTES = ['colour', 'material', 'size', 'brand', 'pieces'] as const;
export type WordAttribute = (typeof WORD_ATTRIBUTES)[number];

/** One attribute of an item. */
export interface ItemAttribute {
  readonly name: WordAttribute;
  readonly value: string;
}

/**
 * Values that any shop means by these words; those after a colon are other words for the one before it. Phrases are search terms
 * (`titleTerms`): lower case, in the singular. Names of scents and flowers that are colours too are not in it.
 */
const COLOURS = [
  'red:scarlet,crimson',
  'blue',
  'navy',
  'turquoise:turq,turquois',
  'teal',
  'aqua',
  'green',
  'yellow',
  'orange',
  'pink',
  'fuchsia:fuschia',
  'purple',
  'lilac',
  'magenta',
  'burgundy',
  'brown',
  'beige',
  'cream',
  'ivory',
  'white:wht',
  'black:blk',
  'grey:gray',
  'silver',
  'gold:golden',
  'rose gold',
  'bronze',
  'copper',
  'amber',
  'amethyst',
  'ruby',
  'clear:transparent',
  'multicolour:multicolor,multicoloured,multicolored,multicol,multi colour,multi color,multi coloured',
];

const MATERIALS = [
  'wood:wooden',
  'bamboo',
  'wicker:rattan',
  'metal',
  'iron:cast iron',
  'steel:stainless steel',
  'aluminium:aluminum',
  'zinc',
  'brass',
  'wire',
  'glass',
  'crystal',
  'ceramic',
  'porcelain:bone china',
  'enamel',
  'stone:gemstone',
  'slate',
  'shell',
  'pearl',
  'plastic',
  'acrylic',
  'resin',
  'silicone:silicon',
  'paper',
  'cardboard',
  'cotton',
  'linen',
  'silk',
  'wool:woollen',
  'felt',
  'fabric',
  'canvas',
  'velvet',
  'polyester',
  'leather',
  'suede',
];

const SIZES = [
  'mini:miniature',
  'small',
  'medium',
  'large:big',
  'extra large:xl',
  'giant',
  'jumbo',
  'tall',
  'a3',
  'a4',
  'a5',
  'a6',
  'a7',
];

/** Phrases in which a word of the lists means something else. */
const OTHER_MEANINGS = [
  'ice cream',
  'hand cream',
  'face cream',
  'cream tea',
  'orange scent',
  'orange scented',
  'orange juice',
  'white wine',
  'red wine',
  'white chocolate',
  'white choc',
  'green tea',
  'black tea',
  'black forest',
  'iron on',
  'iron man',
  'ironing board',
  'cotton wool',
  'cotton bud',
  'glass case',
  'magnifying glass',
  'reading glass',
  'paper clip',
  'felt tip',
  'drawing slate',
];

/** A phrase of search terms, and what it says; nothing for one of another meaning. */
export type Lexicon = Map<string, ItemAttribute | undefined>;

/** The lexicon that every catalogue begins with. */
export function commonLexicon(): Lexicon {
  const lexicon: Lexicon = new Map();
  addValues(lexicon, 'colour', COLOURS);
  addValues(lexicon, 'material', MATERIALS);
  addValues(lexicon, 'size', SIZES);
  for (const phrase of OTHER_MEANINGS) lexicon.set(phrase, undefined);
  return lexicon;
}

function addValues(lexicon: Lexicon, name: WordAttribute, lines: readonly string[]): void {
  for (const line of lines) {
    const [value, others = ''] = line.split(':');
    const attribute = { name, value };
    lexicon.set(value, attribute);
    for (const other of others.split(',')) if (other !== '') lexicon.set(other, attribute);
  }
}
