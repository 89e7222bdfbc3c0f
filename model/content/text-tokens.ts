import type { Item } from '../catalogue/shared-catalogue.js';
import { titleTerms } from '../catalogue/search/title-terms.js';

/** Most tokens of one item that count; the rest of a very long description is left out. */
export const TOKENS_MAX = 512;
/** Letters of a word's pieces: they catch what plurals, compounds and spellings have in common. */
const PIECE_CHARS = 4;
/** Steps of the price per factor of e. */
const PRICE_STEPS = 2;

/**
 * What is said of an item, as tokens with how often each comes: the words of its title, pairs of neighbouring words, pieces
 * of four letters with the word's edges marked, category, brand, its price in steps, and one for each value of an attribute
 * (numbers are left out: their nearness is not equality). Empty for an item of which nothing is said.
 */
export function textTokens(item: Omit<Item, 'id'>): Map<string, number> {
  const tokens = new Map<string, number>();
  if (item.title !== undefined) addTitle(tokens, item.title);
  if (item.category !== undefined) add(tokens, `c ${item.category}`);
  if (item.brand !== undefined) add(tokens, `b ${item.brand}`);
  if (item.price !== undefined && item.price > 0)
    add(tokens, `q ${Math.round(PRICE_STEPS * Math.log(item.price))}`);
  for (const [name, value] of Object.entries(item.attributes ?? {})) {
    if (typeof value === 'number') continue;
    for (const one of Array.isArray(value) ? value : [value]) add(tokens, `a ${name} ${String(one)}`);
  }
  return tokens;
}

function addTitle(tokens: Map<string, number>, title: string): void {
  const words = titleTerms(title);
  words.forEach((word, i) => {
    add(tokens, `w ${word}`);
    if (i > 0) add(tokens, `p ${words[i - 1]} ${word}`);
    const marked = `<${word}>`;
    for (let at = 0; at + PIECE_CHARS <= marked.length; at++)
      add(tokens, `l ${marked.slice(at, at + PIECE_CHARS)}`);
  });
}

function add(tokens: Map<string, number>, token: string): void {
  const count = tokens.get(token);
  if (count !== undefined) tokens.set(token, count + 1);
  else if (tokens.size < TOKENS_MAX) tokens.set(token, 1);
}
