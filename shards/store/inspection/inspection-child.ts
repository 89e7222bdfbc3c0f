// Process entry: looks at the stores that its arguments name, and says what it found, a JSON line for each: `node
// inspection-child.js whole|short FOLDER…`. Before each it says which one comes, so that a native crash has a name.
import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { inspectStore } from './inspect-store.js';

const [depth, ...folders] = process.argv.slice(2);
for (const folder of folders) {
  writeSync(1, `${JSON.stringify({ opening: folder })}\n`);
  const found = await inspectStore(folder, basename(folder) === 'catalogue', depth === 'whole');
  writeSync(1, `${JSON.stringify(found)}\n`);
}
process.exit(0);
