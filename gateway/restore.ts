// The command `restore`: makes a new data folder from a snapshot.
import { z } from 'zod';
import { runCommand } from '../metrics/process/command-line.js';
import { defineOptions } from '../metrics/process/options.js';
import { restoreFolder } from '../shards/api.js';

const options = defineOptions({
  snapshot: {
    schema: z.string().min(1),
    fallback: '',
    help: 'Folder of a snapshot, such as data/snapshots/2026-01-31T12-00-00-000Z.',
  },
  dataDir: {
    schema: z.string().min(1),
    fallback: '',
    help: 'The data folder to make; it does not exist yet, or is empty.',
  },
});

const USAGE = `Usage: npm run restore -- --snapshot FOLDER --data-dir FOLDER

Reads the whole snapshot, and makes a data folder from it when nothing of it is broken. The snapshot stays as it is.`;

process.exitCode = await runCommand(USAGE, options, process.argv.slice(2), async ({ snapshot, dataDir }) => {
  const shards = await restoreFolder(snapshot, dataDir);
  process.stdout.write(
    `${dataDir} has the catalogue and ${shards} shards of ${snapshot}; start with --data-dir ${dataDir}\n`,
  );
  return 0;
});
