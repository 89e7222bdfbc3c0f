import * as carried from './carried.js';
import * as figures from './figures.js';
import * as home from './home.js';
import type { Motif } from './motif.js';
import * as stationery from './stationery.js';
import * as tableware from './tableware.js';

/** What a title's words look like; the first that fits counts, so the more specific stands first. */
const BY_WORD: readonly (readonly [RegExp, Motif])[] = [
  [/hot water|warmer/, carried.warmer],
  [/lunch ?bag/, carried.lunchBag],
  [/lunch ?box|suitcase|trinket|snack box|toolbox|wash ?bag|first aid/, carried.lunchBox],
  [/t-?lights?\b|tea ?light/, home.tealight],
  [/lantern/, home.lantern],
  [/fairy light|string of|led\b|night light|lights\b|\blamp/, home.lights],
  [/cake ?stand/, tableware.cakestand],
  [/cake case|cupcake|fairy cake|cakes?\b.*(case|decor)|muffin/, tableware.cupcake],
  [/tea ?cup|cup and saucer|saucer|coffee cup/, tableware.teacup],
  [/tea ?pot|tea set/, tableware.teapot],
  [/\bmugs?\b|\bcups?\b|beaker|tumbler/, tableware.mug],
  [/\bjugs?\b|watering can|pitcher/, tableware.jug],
  [/alarm clock|clock|watch/, home.clock],
  [/door ?mat/, home.mat],
  [/popcorn/, tableware.jar],
  [/peg\b|pegs/, stationery.pegs],
  [/bunting|garland|flags?\b|streamer/, stationery.bunting],
  [/chalk ?board|black ?board|memo ?board|slate/, home.chalkboard],
  [/building block|alphabet block|\bblocks?\b|dominoes|jigsaw|puzzle|letter/, figures.blocks],
  [/\bmats?\b|\brug\b|coaster/, home.mat],
  [/umbrella|parasol/, carried.umbrella],
  [/\bbags?\b|shopper|tote|sack/, carried.tote],
  [/purse|wallet|clutch/, carried.purse],
  [/cookie cutter|cutters/, stationery.cutter],
  [/cutlery|spoons?|forks?|knife|ladle|spatula|whisk|utensil/, tableware.cutlery],
  [/napkin|tissue|serviette|towel|cloths?\b|hankie|doil(y|ies)/, stationery.napkins],
  [/apron|oven glove|mitt/, tableware.apron],
  [/ribbon|tape\b|reel|twine|string|bobbin|sewing|knitting/, stationery.ribbon],
  [/sticker|plasters|transfers|tattoo|confetti/, stationery.stickers],
  [/pencil|\bpens?\b|crayon|chalk|marker|paint set/, stationery.pencils],
  [/notebook|\bbook|diary|journal|recipe|calendar|album|passport/, stationery.book],
  [/wrap\b|wrapping|tube\b|wallpaper|rolls?\b/, stationery.wrap],
  [/\bcards?\b|envelope|invite|paper set|postcard|letter/, stationery.card],
  [/frame|picture|photo|canvas|\bprint\b/, home.frame],
  [/mirror/, home.mirror],
  [/\bsigns?\b|plaque|wall art/, home.sign],
  [/candle|incense|scented/, home.candle],
  [/cushion|pillow|throw|blanket|quilt/, home.cushion],
  [/knob|doorstop/, home.knob],
  [/hook|hanger|\brack\b|holder/, home.hook],
  [/cabinet|drawer|shelf|cupboard|stool|chair|table\b|sideboard|house|shed/, home.cabinet],
  [/basket|wicker|hamper|trug/, home.basket],
  [/plant|\bpots?\b|planter|vase|bucket|\bbin\b|grow|herb/, home.plant],
  [/necklace|pendant|bracelet|bangle|earring|beads|choker|charm/, carried.necklace],
  [/\brings?\b|jewel|brooch|hair ?(clip|grip|band)|tiara/, carried.ring],
  [/key ?(ring|chain|fob)|\bkeys?\b|luggage tag/, carried.keyring],
  [/\bfan\b/, carried.fan],
  [/balloon/, carried.balloon],
  [/bottle|oil\b|soap|shampoo|lotion/, tableware.bottle],
  [/\bjars?\b|container|canister|\btins?\b|storage|jam|spice|popcorn/, tableware.jar],
  [/bowl|dish|basin|mould|ramekin/, tableware.bowl],
  [/plate|platter/, tableware.plate],
  [/tray|board\b|trivet/, tableware.tray],
  [/scales?\b/, figures.scales],
  [/babushka|doll|nesting/, figures.babushka],
  [/magnet/, figures.magnet],
  [/spaceboy|rocket|robot|car\b|cars\b|toy|train|plane|truck/, figures.rocket],
  [/rabbit|bunny|hare|bear|mouse/, figures.rabbit],
  [/\bcats?\b|kitten|dog|doggy|fox|owl|animal/, figures.cat],
  [/birds?\b|chick|duck|hen|robin|dove|rooster|goose|owl/, figures.bird],
  [/butterfly|butterflies|dragonfly|moth/, figures.butterfly],
  [/\beggs?\b|easter/, figures.egg],
  [/tree|reindeer|holly|wreath/, figures.tree],
  [/bauble|ornament|decoration|snowflake|hanging/, figures.bauble],
  [/hearts?\b|love/, figures.heart],
  [/\bstars?\b/, figures.star],
  [/flower|rose|daisy|poppy|tulip|lavender|bouquet|sunflower/, figures.flower],
  [/\bcakes?\b|baking/, tableware.cupcake],
];

/** The motif of a title, else of its category, else a wrapped gift. */
export function motifOf(title: string, category = ''): Motif {
  return find(title) ?? find(category) ?? figures.gift;
}

function find(words: string): Motif | undefined {
  const lower = words.toLowerCase();
  return BY_WORD.find(([word]) => word.test(lower))?.[1];
}
