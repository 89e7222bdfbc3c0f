/** What a gift shop's title in capitals tells: the title in readable case, its category, and the colours it names. */
export interface GiftDescription {
  readonly title: string;
  readonly category: string;
  readonly colours: readonly string[];
}

/** Telling nouns by category; a title belongs to the category of its last telling noun. */
const CATEGORY_NOUNS: Readonly<Record<string, string>> = {
  'advent and Christmas': 'christmas advent xmas snowman reindeer santa bauble baubles stocking angel',
  albums: 'album albums scrapbook',
  aprons: 'apron aprons glove gloves',
  'baking cases': 'cases case bakingset cupcake moulds mould cutters cutter',
  bags: 'bag bags shopper tote backpack rucksack',
  bathroom: 'soap bath washbag sponge sponges toothbrush towel towels flannel balm',
  'bird houses': 'birdhouse feeder nest nesting birdbath',
  boards: 'blackboard chalkboard board boards noticeboard memoboard memo',
  bottles: 'bottle bottles flask decanter',
  bowls: 'bowl bowls dish dishes ramekin ramekins',
  boxes: 'box boxes chest container containers',
  bracelets: 'bracelet bracelets bangle bangles anklet',
  'buntings and garlands': 'bunting buntings garland garlands streamer streamers pennant',
  cabinets: 'cabinet cabinets cupboard drawers drawer shelf shelves unit sideboard',
  'cake stands': 'cakestand stand stands tier',
  'candle holders':
    'holder holders candleholder candlestick candlesticks tealight lantern lanterns candelabra',
  candles: 'candle candles incense tealights oil fragrance scent',
  cards: 'card cards postcard postcards envelope envelopes',
  clocks: 'clock clocks alarm watch thermometer timer',
  coasters: 'coaster coasters placemat placemats trivet',
  craft:
    'feltcraft kit knitting sewing craft patches patch button buttons stamp stamps stencil sequins beads',
  'cups and saucers':
    'cup cups saucer saucers mug mugs teacup beaker beakers tumbler tumblers glasses goblet',
  curtains: 'curtain curtains shower blind',
  cushions: 'cushion cushions pillow filler pad quilt throw blanket',
  cutlery: 'cutlery spoon spoons fork forks knife knives scoop whisk ladle tongs server slicer',
  decorations:
    'decoration decorations ornament ornaments hanging mobile feather feathers butterfly butterflies chime',
  doilies: 'doily doilies napkin napkins serviettes tablecloth runner',
  'dolls and soft toys': 'doll dolls bear rabbit bunny teddy babushka dolly duck ducks chick chicks hen',
  'door mats': 'doormat doormats mat mats rug doorstop',
  earrings: 'earring earrings studs',
  frames: 'frame frames photoframe picture canvas print poster',
  games: 'game games jigsaw puzzle dominoes ludo skittles cards dice snap solitaire playhouse',
  garden: 'garden trowel watering planter pots pot bucket wateringcan seed seeds parasol gnome plant spade',
  'gift wrap': 'wrap ribbon ribbons tag tags giftwrap bow bows tissue tape tapes giftbag string',
  'hair accessories': 'hair hairclip hairslide headband comb brush clip grip slide',
  hooks: 'hook hooks hanger hangers knob knobs rack peg pegs rail',
  'hot water bottles': 'hottie warmer warmers',
  'jars and tins': 'jar jars tin tins canister caddy cannister',
  'jugs and vases': 'jug jugs vase vases pitcher',
  keyrings: 'keyring keyrings charm charms fob keychain luggage',
  kitchen:
    'kitchen toaster grater colander mixing scales saltpepper pepper shaker cruet eggcup egg pan pantry chopping',
  lamps: 'lamp lamps lampshade light lights chandelier bulb torch',
  'lunch boxes': 'lunch lunchbox picnic hamper',
  magnets: 'magnet magnets fridge',
  mirrors: 'mirror mirrors',
  necklaces: 'necklace necklaces pendant choker',
  notebooks:
    'notebook notebooks journal diary sketchbook sketchbooks book books notepad notes pad planner calendar organiser',
  'party goods':
    'party balloon balloons straws plates paperplates confetti piñata cone hats hat crown mask masks',
  pens: 'pen pens pencil pencils crayons chalk chalks sharpener eraser erasers rubber ruler stickers sticker stationery',
  plates: 'plate plates platter',
  purses: 'purse purses wallet handbag passport cardholder',
  rings: 'ring rings brooch tiara jewellery',
  signs: 'sign signs plaque tile tiles letter letters number numbers wallart',
  tableware: 'tray trays teapot teaset cosy cosies teatowel coffee tea sugar milk cafetiere',
  baskets: 'basket baskets trug crate wicker bin',
  toys: 'toy toys helicopter robot spinning tops skipping rope yoyo whistle marbles soldier car train plane kite ball balls windmill',
  umbrellas: 'umbrella umbrellas poncho raincoat',
  'flowers and wreaths': 'wreath wreaths flower flowers rose roses blossom leaf tree',
};

const CATEGORY_OF = new Map(
  Object.entries(CATEGORY_NOUNS).flatMap(([category, nouns]) =>
    nouns.split(' ').map((noun) => [noun, category] as const),
  ),
);

const OTHER = 'other gifts';

const COLOURS = new Set(
  (
    'red blue pink white green black ivory cream purple yellow orange brown turquoise lilac grey gold silver amber ' +
    'copper bronze amethyst'
  ).split(' '),
);

/** Words that stay small inside a title. */
const SMALL_WORDS = new Set(['of', 'and', 'with', 'in', 'on', 'the', 'a', 'for', 'to', 'or', 'at']);

/** Category of a title by its last telling noun. */
function categoryOf(words: readonly string[]): string {
  const last = words.findLast((word) => CATEGORY_OF.has(word));
  return last === undefined ? OTHER : (CATEGORY_OF.get(last) as string);
}

/** `WHITE HANGING HEART T-LIGHT HOLDER` to `White Hanging Heart T-Light Holder`. */
function readable(raw: string): string {
  const words = raw.trim().replace(/\s+/g, ' ').replace(/^\*/, '').replace(/\s,/g, ',').split(' ');
  return words
    .map((word, i) => {
      const lower = word.toLowerCase();
      if (i > 0 && SMALL_WORDS.has(lower)) return lower;
      return lower.replace(
        /(^|[-/(&".+])([a-z])/g,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      );
    })
    .join(' ');
}

/** Reads a shop title; an empty one gives an empty title in `other gifts`. */
export function describeGift(raw: string): GiftDescription {
  const words = raw.toLowerCase().match(/[a-z]+/g) ?? [];
  const colours = [...new Set(words.filter((word) => COLOURS.has(word)))];
  return { title: readable(raw), category: categoryOf(words), colours };
}
