import { runCommand } from '../metrics/process/command-line.js';
import type { OptionValues } from '../metrics/process/options.js';
import { startProgress } from '../metrics/process/progress.js';
import { importOptions } from './import/import-options.js';
import { importReport, isComplete } from './import/import-report.js';
import { runImport } from './import/import-run.js';
import { ItemsApi } from './import/items-api.js';

const USAGE = `npm run import -- FILE [flags]

Puts the items of a shop's feed into a running gateway's catalogue, over HTTP, and tells what was read, what was put, and what was
left out and why, with line and column. An item that is there already is replaced as a whole. docs/OPERATIONS.md says which names
of a feed fill which fields. Exit code 0 when all was taken, 1 when something was left out or not removed, 2 for bad arguments and
for a file that cannot be read to its end.`;

async function importFeed({ url, token, ...plan }: OptionValues<typeof importOptions>): Promise<number> {
  const result = await runImport(plan, new ItemsApi(url, token), (label, total) =>
    startProgress(label, total),
  );
  process.stdout.write(`${importReport(plan.file, result)}\n`);
  return isComplete(result) ? 0 : 1;
}

process.exitCode = await runCommand(USAGE, importOptions, process.argv.slice(2), importFeed);
