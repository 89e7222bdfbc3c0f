// `npm run test:fuzz -- [flags]`: `--help` names the flags; README.md says what is done and why.
import { runSuite } from '../support/run-suite.mjs';

await runSuite('fuzz', { parts: ['hostile/wire'] });
