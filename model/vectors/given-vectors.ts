import { z } from 'zod';

/** Bounds of the vectors that come with an item. */
export const VECTOR_LIMITS = {
  /** Numbers of one vector. */
  numbers: 4_096,
  /** Named vectors of one item, and the numbers that they have together. */
  names: 8,
  numbersTogether: 8_192,
  /** Characters of a name. */
  nameChars: 32,
} as const;

/** Vectors by name: a picture's by one model, a text's by another. */
export type NamedVectors = Readonly<Record<string, readonly number[]>>;

/** The vectors of an item: embeddings by models of the shop's own. */
export interface GivenVectors {
  /** The one of a shop that has no more than one. */
  readonly vector?: readonly number[];
  readonly vectors?: NamedVectors;
}

/** What the vector without a name is called among the others; none of them may be called so. */
export const UNNAMED = 'vector';

const RESERVED_NAMES = new Set([UNNAMED, 'constructor', 'prototype']);
const NAME = new RegExp(`^[A-Za-z][A-Za-z0-9_-]{0,${VECTOR_LIMITS.nameChars - 1}}$`);
const NAME_PROBLEM =
  `a vector is named by a letter and at most ${VECTOR_LIMITS.nameChars - 1} letters, digits, - and _, ` +
  `and not "${[...RESERVED_NAMES].join('", "')}"`;

/** True for what a vector may be called among those of a bundle. */
export function isVectorName(name: string): boolean {
  return name === UNNAMED || (NAME.test(name) && !RESERVED_NAMES.has(name));
}

/** Numbers are finite. */
export const vectorSchema = z.array(z.number()).min(1).max(VECTOR_LIMITS.numbers);

const nameSchema = z
  .string()
  .regex(NAME)
  .refine((name) => !RESERVED_NAMES.has(name));
/** What is said of a map whose names are none, or of what is no map. */
const mapError = ({ code }: { readonly code?: string | undefined }): string =>
  code === 'invalid_key' ? NAME_PROBLEM : 'expected lists of numbers by name, such as {"image": [0.1, -2]}';

export const vectorsSchema = z
  .record(nameSchema, vectorSchema, { error: mapError })
  .superRefine((vectors, context) => {
    const problem = boundProblem({ vectors });
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** `null` takes the vector of that name out. A patch may take all out and put as many others in. */
export const vectorsPatchSchema = z
  .record(nameSchema, vectorSchema.nullable(), { error: mapError })
  .refine((vectors) => Object.keys(vectors).length <= 2 * VECTOR_LIMITS.names, {
    message: `a change names at most ${2 * VECTOR_LIMITS.names} vectors`,
  });

/** Says how the named vectors of an item are too many, or too long together. */
export function boundProblem({ vectors = {} }: GivenVectors): string | undefined {
  const { names, numbersTogether } = VECTOR_LIMITS;
  const all = Object.values(vectors);
  if (all.length > names) return `an item has at most ${names} named vectors, not ${all.length}`;
  const numbers = all.reduce((sum, { length }) => sum + length, 0);
  return numbers > numbersTogether
    ? `the named vectors of an item have at most ${numbersTogether} numbers together, not ${numbers}`
    : undefined;
}

/** All vectors of an item by name, `UNNAMED` for the one that has none. */
export function* vectorsOf({ vector, vectors }: GivenVectors): Generator<[string, readonly number[]]> {
  if (vector !== undefined) yield [UNNAMED, vector];
  if (vectors !== undefined) yield* Object.entries(vectors);
}

/** Numbers of all vectors of an item. */
export function vectorNumbers(item: GivenVectors): number {
  let numbers = 0;
  for (const [, { length }] of vectorsOf(item)) numbers += length;
  return numbers;
}

/** The item without its vectors, for who has no use for them; the same one where it has none. */
export function withoutVectors<T extends GivenVectors>(item: T): Omit<T, 'vector' | 'vectors'> {
  if (item.vector === undefined && item.vectors === undefined) return item;
  const { vector: _vector, vectors: _vectors, ...rest } = item;
  return rest;
}

/** What an answer calls the vector of that name. */
export function vectorField(name: string): string {
  return name === UNNAMED ? name : `vectors.${name}`;
}
