// Titles that the encoder makes vectors of in a second, tokenising included, on the core that this runs on, as `npm run train` does:
// `taskset -c 1 node test/bench/titles.mjs [--encoder model/encoders/minilm] [--titles 3514] [--dist dist]`, after a build. The texts are
// those of the demo shop's items. At least: 400 a second on a quiet core. Exit code 1 when it is not kept.
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
const { ItemReader } = await import(resolve(values.dist, 'model/encoder/item-reader.js'));
const { itemText } = await import(resolve(values.dist, 'model/encoder/item-text.js'));

const A_SECOND_MIN = 400;
const lines = gunzipSync(readFileSync('model/bundles/demo/items.ndjson.gz'))
  .toString('utf8')
  .trim()
  .split('\n');
const items = lines.slice(0, Number(values.titles)).map((line) => JSON.parse(line));

const reader = new ItemReader(values.encoder);
await reader.vectorsOf([{ title: 'loads the encoder' }]);
const fromMs = performance.now();
const fromCpu = process.cpuUsage();
await reader.vectorsOf(items);
const seconds = (performance.now() - fromMs) / 1e3;
const { user, system } = process.cpuUsage(fromCpu);

const texts = new Set(items.map((item) => itemText(item))).size;
const aSecond = texts / seconds;
// Beside other load the processor's time says more than the clock.
console.log(`${texts} titles with their categories
by the clock ${aSecond.toFixed(0)} a second (at least ${A_SECOND_MIN}); of the processor's time ${(texts / ((user + system) / 1e6)).toFixed(0)} a second`);
process.exitCode = aSecond >= A_SECOND_MIN ? 0 : 1;
