import { fieldName } from './feed-record.js';

/** What becomes an item: each variant of a product, or each product with the lowest price and all of the stock of its variants. */
export type ShopifyItems = 'variant' | 'product';

/** What is read of a product; all but the variants may be missing. */
interface ShopifyProduct {
  readonly id?: unknown;
  readonly title?: unknown;
  readonly handle?: unknown;
  readonly vendor?: unknown;
  readonly product_type?: unknown;
  readonly created_at?: unknown;
  readonly status?: unknown;
  readonly tags?: unknown;
  readonly options?: unknown;
  readonly image?: { readonly src?: unknown } | null;
  readonly images?: readonly ShopifyImage[] | null;
  readonly variants: readonly ShopifyVariant[];
}

interface ShopifyImage {
  readonly src?: unknown;
  readonly variant_ids?: readonly unknown[];
}

interface ShopifyVariant {
  readonly id?: unknown;
  readonly title?: unknown;
  readonly price?: unknown;
  readonly sku?: unknown;
  readonly available?: unknown;
  readonly inventory_quantity?: unknown;
  readonly inventory_management?: unknown;
  readonly inventory_policy?: unknown;
  readonly featured_image?: { readonly src?: unknown } | null;
  readonly [option: `option${number}`]: unknown;
}

/** What Shopify calls the only variant of a product that has none. */
const ONLY_VARIANT = 'Default Title';

export function isShopifyProduct(value: object): value is ShopifyProduct {
  const { variants } = value as { readonly variants?: unknown };
  return (
    Array.isArray(variants) && variants.every((variant) => typeof variant === 'object' && variant !== null)
  );
}

/** The records of one product. A variant that is sold on when there is none left, or whose stock nobody counts, has no stock. */
export function shopifyRecords(
  product: ShopifyProduct,
  items: ShopifyItems,
): readonly ReadonlyMap<string, unknown>[] {
  if (items === 'variant') return product.variants.map((variant) => known(variantFields(product, variant)));
  const stocks = product.variants.map((variant) => stockOf(product, variant));
  const prices = product.variants.map(({ price }) => price).filter((price) => price !== undefined);
  return [
    known({
      ...productFields(product),
      id: product.id,
      title: product.title,
      price: prices.toSorted((a, b) => Number(a) - Number(b))[0],
      stock: stocks.includes(undefined)
        ? undefined
        : stocks.reduce((sum: number, one) => sum + (one ?? 0), 0),
      image: imageOf(product, undefined),
      url: urlOf(product, undefined),
    }),
  ];
}

function variantFields(product: ShopifyProduct, variant: ShopifyVariant): Record<string, unknown> {
  const hasName = variant.title !== undefined && variant.title !== ONLY_VARIANT;
  const options = Array.isArray(product.options) ? (product.options as { readonly name?: unknown }[]) : [];
  const chosen = options.map(({ name }, i): [string, unknown] => [
    fieldName(String(name)),
    variant[`option${i + 1}`],
  ]);
  return {
    ...(hasName ? Object.fromEntries(chosen) : {}),
    ...productFields(product),
    id: variant.id,
    sku: variant.sku,
    title: hasName ? `${String(product.title)} – ${String(variant.title)}` : product.title,
    price: variant.price,
    stock: stockOf(product, variant),
    image: imageOf(product, variant),
    url: urlOf(product, variant),
    item_group_id: product.id === undefined ? undefined : String(product.id),
  };
}

function productFields({ id, handle, vendor, product_type, tags, created_at }: ShopifyProduct) {
  const list = typeof tags === 'string' ? tags.split(',').map((tag) => tag.trim()) : tags;
  return {
    product_id: id,
    handle,
    brand: vendor,
    category: product_type,
    tags: Array.isArray(list) ? list.filter((tag) => tag !== '') : undefined,
    created_at,
  };
}

/** Units left; undefined where it can be ordered whatever they are. */
function stockOf({ status }: ShopifyProduct, variant: ShopifyVariant): number | undefined {
  if (variant.available === false || (status !== undefined && status !== 'active')) return 0;
  const { inventory_quantity: units, inventory_management: counter, inventory_policy: policy } = variant;
  const isCounted = typeof counter === 'string' && counter !== '' && policy !== 'continue';
  return isCounted && typeof units === 'number' ? Math.max(0, units) : undefined;
}

function imageOf({ image, images }: ShopifyProduct, variant: ShopifyVariant | undefined): unknown {
  const own = images?.find(({ variant_ids: ids }) => variant !== undefined && ids?.includes(variant.id));
  return variant?.featured_image?.src ?? own?.src ?? image?.src ?? images?.[0]?.src;
}

function urlOf({ handle }: ShopifyProduct, variant: ShopifyVariant | undefined): string | undefined {
  if (handle === undefined) return undefined;
  const query = variant?.id === undefined ? '' : `?variant=${String(variant.id)}`;
  return `/products/${String(handle)}${query}`;
}

function known(fields: Record<string, unknown>): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
