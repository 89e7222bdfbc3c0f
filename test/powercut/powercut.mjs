// `npm run test:powercut -- [flags]`: `--help` names the flags; README.md says what is done and why.
import { runSuite } from '../support/run-suite.mjs';

await runSuite('powercut');
