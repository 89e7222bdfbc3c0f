// Asks the registry what is known against the packages that run in the product (`npm audit`). Ends with 1 when something is known that is
// high or critical; with 0 when nothing is, and when the registry does not answer: a check of a commit does not hang on somebody's server.
import { spawnSync } from 'node:child_process';

const WAIT_MS = 60_000;
const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  timeout: WAIT_MS,
});
const counts = countsIn(stdout ?? '');
if (counts === undefined) console.log('the registry did not answer; nothing was audited');
else console.log(`known against packages of the product: ${JSON.stringify(counts)}`);
process.exit((counts?.high ?? 0) + (counts?.critical ?? 0) > 0 ? 1 : 0);

/** Vulnerabilities by severity; undefined for an answer that has none, such as an error. */
function countsIn(text) {
  try {
    return JSON.parse(text).metadata?.vulnerabilities;
  } catch {
    return undefined;
  }
}
