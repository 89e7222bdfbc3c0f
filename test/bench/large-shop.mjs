// Writes a made-up shop in the form of rees46-mini, of any size: `node test/bench/large-shop.mjs FOLDER [events] [items]`.
// It is there to measure time and memory of a training, not figures: popularity falls off by Zipf's law, a session
// stays near one of many themes, users come back. docs/TRAINING.md has what was measured with it.
import { createWriteStream, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { uniform, zipf } from './zipf.mjs';

const [folder, events = 10_000_000, items = 1_000_000] = [
  process.argv[2],
  ...process.argv.slice(3).map(Number),
];
const SESSION_CLICKS = 5;
const THEME_ITEMS = 500;

async function writeTable(name, header, lines) {
  const gzip = createGzip({ level: 1 });
  const file = createWriteStream(join(folder, name));
  gzip.pipe(file);
  gzip.write(`${header.join('\t')}\n`);
  let text = '';
  for (const line of lines) {
    text += `${line.join('\t')}\n`;
    if (text.length < 1 << 18) continue;
    if (!gzip.write(text)) await once(gzip, 'drain');
    text = '';
  }
  gzip.end(text);
  await once(file, 'close');
}

function* itemLines() {
  for (let item = 0; item < items; item++) {
    yield [1e7 + item, `c${item % 977}`, `b${item % 4_001}`, (1 + (item % 9_999) / 100).toFixed(2)];
  }
}

function* eventLines() {
  const sessions = Math.floor(events / SESSION_CLICKS);
  const users = Math.ceil(sessions / 3);
  for (let session = 0; session < sessions; session++) {
    const user = Math.floor(uniform() * users);
    const theme = zipf(Math.ceil(items / THEME_ITEMS)) * THEME_ITEMS;
    let item = theme + zipf(THEME_ITEMS);
    for (let click = 0; click < SESSION_CLICKS; click++) {
      const isNear = uniform() < 0.6;
      if (click > 0) item = isNear ? item + 1 + Math.floor(3 * uniform()) : theme + zipf(THEME_ITEMS);
      item %= items;
      const kind = uniform() < 0.1 ? 'cart' : 'view';
      yield [
        `session-${session.toString(36).padStart(12, '0')}`,
        1e7 + item,
        kind,
        1.6e12 + session * 2_000 + click * 400,
        `user-${user}`,
      ];
    }
  }
}

mkdirSync(folder, { recursive: true });
await writeTable('items.tsv.gz', ['item', 'category_id', 'brand', 'price'], itemLines());
await writeTable('events.tsv.gz', ['session', 'item', 'event_type', 'timestamp', 'user'], eventLines());
