// `npm run test:cluster -- [flags]`: `--help` names the flags; README.md says what is done and why.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { armFaultPoints } from '../nemesis/armed/arm-fault-points.mjs';
import { runSuite } from '../support/run-suite.mjs';
import { BUILT_MUTANTS, CLUSTER_CHANGES } from './mutants/mutant-changes.mjs';

/** What builds the NATS server. */
const SCRIPTS = ['test/support/cluster/build-nats-server.sh', 'test/support/build-go-tool.sh'];

await runSuite('cluster', {
  parts: ['nemesis'],
  change: async (folder, root) => {
    for (const script of SCRIPTS) {
      mkdirSync(dirname(join(folder, script)), { recursive: true });
      cpSync(join(root, script), join(folder, script));
    }
    if (process.argv.some((word) => BUILT_MUTANTS.some((name) => word.includes(name))))
      await armFaultPoints(folder, root, CLUSTER_CHANGES);
  },
  // Mounts of the suite are its own.
  wrap: (command) => ['unshare', '--mount', '--propagation', 'private', ...command],
});
