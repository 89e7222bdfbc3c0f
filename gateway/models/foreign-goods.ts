/** What a model and the catalogue that it is served with have in common. */
export interface SharedGoods {
  readonly model: string;
  /** Items in the catalogue. */
  readonly items: number;
  /** Those of them that the model was trained on. */
  readonly known: number;
}

/** Items below which nothing is said: a new shop begins somehow. */
const ITEMS_MIN = 20;

/**
 * What to do when a model does not know most of the items that it is to recommend: they are likely those of another shop, such as
 * the demo's. Undefined when all is well.
 */
export function foreignGoods({ model, items, known }: SharedGoods, dataDir: string): string | undefined {
  if (items < ITEMS_MIN || known * 2 >= items) return undefined;
  return (
    `the model ${model} was trained on ${count(known)} of the ${count(items)} items in ${dataDir}: the others may be those of another shop, ` +
    'such as the demo, and lists will hold them. Put your own in their place with npm run import -- FILE --replace --max-removed 100%, ' +
    'or name another data folder with AFTERCLICK_DATA_DIR: an empty one gets the items of the bundle'
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
