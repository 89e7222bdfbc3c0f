// What named vectors do for new items: `npm run build && node test/bench/named-vectors.mjs [--cache FILE]`, a quarter of an hour.
// The demo bundle's content is learned anew with vectors made of each title's two halves by the encoder, and one of noise; then new items
// are asked for as `npm run evaluate:cold` does (never learned). Prints a line for each set of names: of items without titles, and with them.
import { parseArgs } from 'node:util';
import { loadBundle } from '../../dist/model/bundle/bundle.js';
import { modelOptions } from '../../dist/model/bundle/model-options.js';
import { itemCounts, lastClickMs, sessionCount, sessionsUntil } from '../../dist/model/train/data/dataset.js';
import { readInteractions } from '../../dist/model/train/data/readers/interactions.js';
import { fitContent } from '../../dist/model/train/content/fit-content.js';
import { Random } from '../../dist/model/train/random-numbers.js';
import { COLD_LENGTHS, coldServing } from '../../dist/shards/learning/cold/cold-methods.js';
import { ColdQuestions } from '../../dist/shards/learning/cold/cold-questions.js';
import { itemReader } from '../../dist/shards/learning/serving/item-reader-option.js';
import { loadable, loadModel } from '../../dist/shards/learning/serving/loaded-model.js';
import { ServingPath } from '../../dist/shards/learning/serving/serving-path.js';

const NOISE_NUMBERS = 384;
const SETS = [[], ['first'], ['first', 'second'], ['first', 'second', 'noise'], ['second'], ['noise']];

const { values } = parseArgs({ options: { cache: { type: 'string' } } });
const bundle = await loadBundle(modelOptions.bundle.fallback);
const { dataset, items } = await readInteractions(`${modelOptions.bundle.fallback}/source`, false);
const history = sessionsUntil(dataset, bundle.manifest.training.until);
const test = { from: history.to, to: sessionCount(dataset) };
const evaluation = {
  dataset,
  history,
  test,
  questions: new ColdQuestions(dataset, history, test),
  learns: false,
};
const counts = itemCounts(dataset, history);
const reader = itemReader(modelOptions.encoder.fallback, values.cache);
const vectors = await namedVectors();

for (const hasTitles of [false, true]) for (const names of SETS) await measure(hasTitles, names);
reader.close();

async function measure(hasTitles, names) {
  const told = items.map((item, row) => ({
    ...(hasTitles ? item : { id: item.id }),
    vectors: Object.fromEntries(
      names.flatMap((name) => (vectors[name][row] ? [[name, vectors[name][row]]] : [])),
    ),
  }));
  const { width } = bundle.manifest.shape;
  const { weights, metrics } = await fitContent({ items: told, counts }, bundle.vectors, width, reader);
  const model = await loadModel({ ...loadable(bundle), items: told, content: weights }, reader);
  const found = [];
  for (const k of COLD_LENGTHS) {
    const path = new ServingPath(model, dataset, lastClickMs(dataset, history), 1);
    const { lists, scan } = await coldServing(path, { ...evaluation, k }, () => undefined);
    found.push(
      `in lists of ${k} ${lists.user} %, among the first ${k} of the whole catalogue ${scan.user} %`,
    );
  }
  model.scorer.close();
  const facts = Object.entries(metrics).map(([name, value]) => `${name} ${value}`);
  const what = `${hasTitles ? 'titles' : 'no titles'}, ${names.join(' + ') || 'no vectors'}`;
  process.stdout.write(`${what}: ${found.join(', ')} (${facts.join(', ')})\n`);
}

/** By name, a vector of each item: of the first half of its title's words, of the rest, and of nothing. */
async function namedVectors() {
  const random = new Random(11);
  const halves = [0, 1].map((half) =>
    items.map(({ title = '' }) => {
      const words = title.split(' ');
      const middle = Math.ceil(words.length / 2);
      return { title: (half === 0 ? words.slice(0, middle) : words.slice(middle)).join(' ') };
    }),
  );
  const [first, second] = [await reader.vectorsOf(halves[0]), await reader.vectorsOf(halves[1])];
  const noise = items.map(() => Array.from({ length: NOISE_NUMBERS }, () => random.normal()));
  return { first: first.map(asList), second: second.map(asList), noise };
}

function asList(vector) {
  return vector && Array.from(vector);
}
