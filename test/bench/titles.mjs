// Titles and tokens that the encoder makes vectors of in a second, tokenising included, on the core that this runs on, as `npm run train` does:
// `taskset -c 1 node test/bench/titles.mjs [--encoder model/encoders/minilm] [--titles 3514] [--dist dist]`, after a build. The texts are
// those of the demo shop's items: titles by themselves, and what a training reads, which is titles, and beside them their categories and
// colours, each text once. Tokens are those of the texts that are encoded, with the two that begin and end each and without padding. Beside other load the processor's time says
// more than the clock. At least: 400 of the second form a second on a quiet core. Exit code 1 when it is not kept.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    encoder: { type: 'string', default: 'model/encoders/minilm' },
    titles: { type: 'string', default: '3514' },
    dist: { type: 'string', default: 'dist' },
  },
});
const load = (module) => import(resolve(values.dist, 'model/encoder', module));
const { readEncoder } = await load('encoder-manifest.js');
const { ItemReader } = await load('item-reader.js');
const { ItemMeanings } = await load('item-meanings.js');
const { createTokenizer } = await load('tokenizer.js');

const A_SECOND_MIN = 400;
const { tokenizer, tokenizerConfig } = await readEncoder(values.encoder);
const tokens = createTokenizer(tokenizer, tokenizerConfig);
const lines = gunzipSync(readFileSync('model/bundles/demo/items.ndjson.gz'))
  .toString('utf8')
  .trim()
  .split('\n');
const items = lines.slice(0, Number(values.titles)).map((line) => JSON.parse(line));

await measure(
  'titles by themselves',
  items.map(({ title }) => ({ title })),
);
const aSecond = await measure('titles with categories', items);
console.log(`titles with categories: at least ${A_SECOND_MIN} a second by the clock`);
process.exitCode = aSecond >= A_SECOND_MIN ? 0 : 1;

/** Reads items with a reader that knows no vector yet, prints what it took, and tells texts a second by the clock. */
async function measure(name, read) {
  const reader = new ItemReader(values.encoder);
  await reader.vectorsOf([{ title: 'loads the encoder' }]);
  const fromMs = performance.now();
  const fromCpu = process.cpuUsage();
  await reader.vectorsOf(read);
  const seconds = (performance.now() - fromMs) / 1e3;
  const { user, system } = process.cpuUsage(fromCpu);
  reader.close();
  const { texts } = new ItemMeanings(read);
  const titles = new Set(read.map(({ title }) => title)).size;
  const tokenCount = texts.reduce((sum, text) => sum + tokens.encode(text).ids.length, 0);
  const rate = (count, of) => (count / of).toFixed(0);
  const processor = (user + system) / 1e6;
  console.log(`${titles} ${name}, ${texts.length} texts of ${(tokenCount / texts.length).toFixed(1)} tokens
  by the clock ${rate(titles, seconds)} titles, ${rate(tokenCount, seconds)} tokens a second
  of the processor's time ${rate(titles, processor)} titles, ${rate(tokenCount, processor)} tokens a second`);
  return titles / seconds;
}
