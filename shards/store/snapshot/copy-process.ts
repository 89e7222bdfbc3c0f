// The program that `copyApart` runs: copies the store in a folder, which a gateway may have open, to another. Nothing is written to it
// but LMDB's list of readers.
import { isDiskFull } from '../../../metrics/process/disk-space.js';
import { EXIT_DISK_FULL } from '../lmdb/commits/copy-apart.js';
import { LmdbEnvironment } from '../lmdb/commits/lmdb-environment.js';

const [from, to] = process.argv.slice(2);
// A terminal and a supervisor tell the whole group: the gateway decides what becomes of the copy.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// It does not outlive the gateway.
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL')).resume();

try {
  const environment = await LmdbEnvironment.open({ folder: from });
  await environment.copyTo(to);
  await environment.close();
  process.exit(0);
} catch (error) {
  process.stderr.write((error as Error).message, () => process.exit(isDiskFull(error) ? EXIT_DISK_FULL : 1));
}
