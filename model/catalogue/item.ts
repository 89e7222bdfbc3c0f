import { z } from 'zod';
import { vectorSchema, vectorsPatchSchema, vectorsSchema } from '../vectors/given-vectors.js';
import type { Item } from './shared-catalogue.js';

/** The bounds of one item. Lengths in UTF-16 units. */
export const ITEM_LIMITS = {
  id: 128,
  title: 512,
  /** Category and brand. */
  name: 256,
  url: 2_048,
  attributes: 32,
  attributeName: 64,
  attributeText: 256,
  listMembers: 64,
} as const;

/** Scalar or list of strings that an attribute may hold. */
export type AttributeValue = string | number | boolean | readonly string[];

/** Attribute names that a filter could not tell from its own words, or that JavaScript gives a meaning. */
const RESERVED_NAMES = new Set([
  'any',
  'all',
  'not',
  'price',
  'category',
  'brand',
  '__proto__',
  'constructor',
  'prototype',
]);

/** Says what is wrong with the name of an attribute. */
export function attributeNameProblem(name: string): string | undefined {
  if (name.length === 0 || name.length > ITEM_LIMITS.attributeName) {
    return `an attribute name has 1 to ${ITEM_LIMITS.attributeName} characters`;
  }
  return RESERVED_NAMES.has(name) ? `"${name}" is reserved and cannot name an attribute` : undefined;
}

function isAttributeValue(value: unknown): value is AttributeValue {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return value.length <= ITEM_LIMITS.attributeText;
  if (typeof value === 'boolean') return true;
  if (!Array.isArray(value) || value.length > ITEM_LIMITS.listMembers) return false;
  return value.every((member) => typeof member === 'string' && member.length <= ITEM_LIMITS.attributeText);
}

/** Reads attributes into an object without a prototype, so that no name can reach one. `null` is kept where patches allow it. */
function readAttributes<V>(isValue: (value: unknown) => value is V, nameMax: number) {
  return (raw: unknown, context: z.core.$RefinementCtx): Record<string, V> => {
    const attributes = Object.create(null) as Record<string, V>;
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      context.addIssue({ code: 'custom', message: 'expected a map of attributes' });
      return attributes;
    }
    const entries = Object.entries(raw);
    if (entries.length > nameMax) {
      context.addIssue({ code: 'custom', message: `an item has at most ${nameMax} attributes` });
      return attributes;
    }
    for (const [name, value] of entries) {
      const problem = attributeNameProblem(name) ?? (isValue(value) ? undefined : VALUE_PROBLEM);
      if (problem === undefined) attributes[name] = value as V;
      else context.addIssue({ code: 'custom', path: [name], message: problem });
    }
    return attributes;
  };
}

const VALUE_PROBLEM =
  `expected a finite number, a boolean, text of at most ${ITEM_LIMITS.attributeText} characters ` +
  `or a list of at most ${ITEM_LIMITS.listMembers} such texts`;

/** A text of at most `max` UTF-16 units; the schemas' own `max` counts characters. */
function text(max: number): z.ZodString {
  return z.string().refine((value) => value.length <= max, `Too long: at most ${max} UTF-16 units`);
}

/** A map of attributes, which `readAttributes` looks into. */
const attributeMap = z
  .unknown()
  .meta({ type: 'object', description: 'texts, numbers, booleans, or lists of texts, by name' });

const fields = {
  title: text(ITEM_LIMITS.title),
  price: z.number().nonnegative(),
  category: text(ITEM_LIMITS.name).min(1),
  brand: text(ITEM_LIMITS.name).min(1),
  stock: z.number().nonnegative(),
  imageUrl: text(ITEM_LIMITS.url),
  url: text(ITEM_LIMITS.url),
  createdMs: z.number().nonnegative(),
  vector: vectorSchema,
};

/** Names of all fields of an item. */
export const ITEM_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'attributes',
  'vectors',
  ...Object.keys(fields),
]);

const ID_PROBLEM = '. and .. cannot be ids: no URL names such an item';

/** Addresses lose a segment `.` or `..`, also when it is percent-encoded. */
function isAddressable(id: string): boolean {
  return id !== '.' && id !== '..';
}

/** An item as clients upsert it; unknown fields are dropped. Numbers are finite. */
export const itemSchema: z.ZodType<Item> = z.object({
  id: text(ITEM_LIMITS.id).min(1).refine(isAddressable, ID_PROBLEM),
  title: fields.title.optional(),
  price: fields.price.optional(),
  category: fields.category.optional(),
  brand: fields.brand.optional(),
  stock: fields.stock.optional(),
  attributes: attributeMap.transform(readAttributes(isAttributeValue, ITEM_LIMITS.attributes)).optional(),
  imageUrl: fields.imageUrl.optional(),
  url: fields.url.optional(),
  createdMs: fields.createdMs.optional(),
  vector: fields.vector.optional(),
  vectors: vectorsSchema.optional(),
});

/** A change of an item: JSON merge patch (RFC 7396), `null` removes the field or the attribute. The id cannot change. */
export interface ItemPatch {
  readonly title?: string | null;
  readonly price?: number | null;
  readonly category?: string | null;
  readonly brand?: string | null;
  readonly stock?: number | null;
  readonly attributes?: Readonly<Record<string, AttributeValue | null>> | null;
  readonly imageUrl?: string | null;
  readonly url?: string | null;
  /** `null`: it came now. */
  readonly createdMs?: number | null;
  readonly vector?: readonly number[] | null;
  readonly vectors?: Readonly<Record<string, readonly number[] | null>> | null;
}

const isPatchValue = (value: unknown): value is AttributeValue | null =>
  value === null || isAttributeValue(value);

export const itemPatchSchema: z.ZodType<ItemPatch> = z.object({
  title: fields.title.nullish(),
  price: fields.price.nullish(),
  category: fields.category.nullish(),
  brand: fields.brand.nullish(),
  stock: fields.stock.nullish(),
  // Twice as many: a patch may take out all attributes and put in as many others.
  attributes: attributeMap.transform(readAttributes(isPatchValue, 2 * ITEM_LIMITS.attributes)).nullish(),
  imageUrl: fields.imageUrl.nullish(),
  url: fields.url.nullish(),
  createdMs: fields.createdMs.nullish(),
  vector: fields.vector.nullish(),
  vectors: vectorsPatchSchema.nullish(),
});

/** `item` with the patch applied; both stay as they are. */
export function patchItem(item: Item, patch: ItemPatch): Item {
  const { attributes, vectors, ...plain } = patch;
  const merged = mergeInto({ ...item }, plain);
  mergeMap(merged, 'attributes', attributes);
  mergeMap(merged, 'vectors', vectors);
  return merged as unknown as Item;
}

/** Changes the map that `target` holds under a name; the map it held stays as it is. */
function mergeMap(target: Record<string, unknown>, name: string, patch: object | null | undefined): void {
  if (patch === null) delete target[name];
  else if (patch !== undefined)
    target[name] = mergeInto(Object.assign(Object.create(null), target[name]), patch);
}

function mergeInto(target: Record<string, unknown>, patch: object): Record<string, unknown> {
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete target[name];
    else if (value !== undefined) target[name] = value;
  }
  return target;
}

/** One line for people: the first problem that zod found, with where it is. */
export function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue.path.length === 0) return issue.message;
  const path = issue.path.join('.');
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return isMissing ? `${path} is missing` : `${path}: ${issue.message}`;
}
