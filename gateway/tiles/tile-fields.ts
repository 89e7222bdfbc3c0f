import type { Item } from '../../model/catalogue/shared-catalogue.js';
import type { Tile } from '../protocol/messages.js';

/** What a field of a tile may hold. */
export type TileValue = Tile[string];

/** Fields of an item that tiles show under their own name. `image` is short for the address of the picture. */
const OWN: Readonly<Record<string, (item: Item) => TileValue | undefined>> = {
  title: ({ title }) => title,
  price: ({ price }) => price,
  category: ({ category }) => category,
  brand: ({ brand }) => brand,
  stock: ({ stock }) => stock,
  image: ({ imageUrl }) => imageUrl,
  imageUrl: ({ imageUrl }) => imageUrl,
  url: ({ url }) => url,
  createdMs: ({ createdMs }) => createdMs,
};

/** The fields that a page asked for, each once. `id` is always there. A name that is no field of an item is that of an attribute. */
export class TileFields {
  readonly names: readonly string[];
  /** True when units of stock are among them. */
  readonly hasStock: boolean;

  constructor(names: readonly string[]) {
    this.names = [...new Set(names)].filter((name) => name !== 'id');
    this.hasStock = this.names.includes('stock');
  }

  /** What the item has under the `n`-th name; undefined when it has nothing there. */
  value(item: Item | undefined, n: number): TileValue | undefined {
    if (item === undefined) return undefined;
    const name = this.names[n];
    if (Object.hasOwn(OWN, name)) return OWN[name](item);
    const { attributes } = item;
    return attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  }

  /** The tile of an item; `id` alone when it is not in the catalogue any more. */
  tile(id: string, item: Item | undefined): Tile {
    const tile = Object.create(null) as Record<string, TileValue> & { id: string };
    tile.id = id;
    for (let n = 0; n < this.names.length; n++) {
      const value = this.value(item, n);
      if (value !== undefined) tile[this.names[n]] = value;
    }
    return tile;
  }
}
