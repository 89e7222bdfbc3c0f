// What it costs to forgive a slip in a search, at 262,144 items whose titles have five of 60,000 words each, by Zipf's law:
// `node --expose-gc test/bench/typo-search.mjs`, after a build. docs/BENCHMARKS.md has the figures.
import { KnownTerms } from '../../dist/model/catalogue/search/known-terms.js';
import { SearchIndex } from '../../dist/model/catalogue/search/search-index.js';
import { uniform, zipf } from './zipf.mjs';

const ITEMS = 262_144;
const WORDS = 60_000;
const SEARCHES = 2_000;
const SYLLABLES = [
  'b',
  'd',
  'f',
  'g',
  'k',
  'l',
  'm',
  'n',
  'p',
  'r',
  's',
  't',
  'tr',
  'st',
  'ch',
  'br',
].flatMap((start) =>
  ['a', 'e', 'i', 'o', 'u', 'ea', 'ou'].flatMap((middle) =>
    ['', 'n', 'r', 'l', 't'].map((end) => start + middle + end),
  ),
);

const below = (n) => Math.floor(uniform() * n);

/** The `n`th word: its digits in syllables, so that no two are alike. */
function word(n) {
  let text = '';
  for (let left = (n * 7_919 + 1) * 40_503; left > 0; left = Math.floor(left / SYLLABLES.length))
    text += SYLLABLES[left % SYLLABLES.length];
  return text.slice(0, 12);
}

/** A letter in the middle that is another one. */
function slipped(text) {
  const at = 1 + below(text.length - 1);
  return `${text.slice(0, at)}w${text.slice(at + 1)}`;
}

function heapMegabytes() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

/** Microseconds of a call for each of some texts, p50 and p99. */
function timed(texts, call) {
  const took = texts.map((text) => {
    const from = performance.now();
    call(text);
    return 1_000 * (performance.now() - from);
  });
  took.sort((a, b) => a - b);
  return [0.5, 0.99].map((share) => Math.round(took[Math.floor(share * took.length)])).join(' / ');
}

const words = Array.from({ length: WORDS }, (_, n) => word(n));
const index = new SearchIndex();
const from = performance.now();
for (let item = 0; item < ITEMS; item++)
  index.upsert(item, { title: Array.from({ length: 5 }, () => words[zipf(WORDS)]).join(' ') });
console.log(
  `${ITEMS} items, ${index.termCount} terms, indexed in ${Math.round(performance.now() - from)} ms`,
);

const terms = new KnownTerms();
const before = heapMegabytes();
for (const one of words) terms.add(one);
console.log(`the tree of terms: ${(heapMegabytes() - before).toFixed(1)} MB`);
console.log(
  `near terms of a mistyped one: ${timed(words.slice(0, SEARCHES).map(slipped), (one) => terms.near(one))} µs (p50 / p99)`,
);

const right = Array.from({ length: SEARCHES }, () => `${words[zipf(WORDS)]} ${words[zipf(WORDS)]}`);
const wrong = right.map((text) => text.split(' ').map(slipped).join(' '));
for (const [name, texts] of Object.entries({ 'as they are': right, mistyped: wrong }))
  console.log(
    `searches of two words, ${name}: ${timed(texts, (text) => index.hits(text, 200))} µs (p50 / p99)`,
  );
const found = wrong.filter((text) => index.search(text, 1).length > 0).length;
console.log(`of the mistyped ${((100 * found) / SEARCHES).toFixed(1)} % find something`);
