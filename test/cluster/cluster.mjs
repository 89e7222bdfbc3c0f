// `npm run test:cluster -- [flags]`: `--help` names the flags; README.md says what is done and why.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runSuite } from '../support/run-suite.mjs';

const BUILD_SERVER = 'test/support/cluster/build-nats-server.sh';

await runSuite('cluster', {
  parts: ['nemesis'],
  change: (folder, root) => {
    mkdirSync(dirname(join(folder, BUILD_SERVER)), { recursive: true });
    cpSync(join(root, BUILD_SERVER), join(folder, BUILD_SERVER));
  },
});
