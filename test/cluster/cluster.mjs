// `npm run test:cluster -- [flags]`: `--help` names the flags; README.md says what is done and why.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { armFaultPoints } from '../nemesis/armed/arm-fault-points.mjs';
import { runSuite } from '../support/run-suite.mjs';
import { FENCING_OFF } from './mutants/mutant-changes.mjs';

const BUILD_SERVER = 'test/support/cluster/build-nats-server.sh';

await runSuite('cluster', {
  parts: ['nemesis'],
  change: async (folder, root) => {
    mkdirSync(dirname(join(folder, BUILD_SERVER)), { recursive: true });
    cpSync(join(root, BUILD_SERVER), join(folder, BUILD_SERVER));
    if (process.argv.some((word) => word.includes('fencing-off')))
      await armFaultPoints(folder, root, FENCING_OFF);
  },
  // Mounts of the suite are its own.
  wrap: (command) => ['unshare', '--mount', '--propagation', 'private', ...command],
});
