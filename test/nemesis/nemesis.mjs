// `npm run test:fault -- [flags]`: `--help` names the flags; README.md says what is done and why.
// The suite runs in a mount name space of its own, in which it may mount a small disk.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runSuite } from '../support/run-suite.mjs';
import { armFaultPoints } from './armed/arm-fault-points.mjs';
import { MUTANT_CHANGES } from './armed/mutants.mjs';

/** As much as a gateway needs for what a run writes. */
const SMALL_DISK_MIB = 160;

await runSuite('nemesis', {
  change: (folder, root) =>
    armFaultPoints(folder, root, process.argv.includes('--mutants') ? MUTANT_CHANGES : []),
  wrap: (command, temporary) => {
    const disk = join(temporary, 'small-disk');
    mkdirSync(disk);
    const script = `mount -t tmpfs -o size=${SMALL_DISK_MIB}m tmpfs "$0" && exec "$@"`;
    return ['unshare', '-rm', 'sh', '-c', script, disk, ...command];
  },
});
