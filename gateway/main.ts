// Process entry. The program is loaded when it is known that there are files enough to load it, and signals have been heard since
// before that: loading takes a second or so.
import { checkProcessLimits, readProcessLimits } from './start/process/process-limits.js';
import { setEngineFlags } from './start/process/engine-flags.js';
import { endWithProblems, SIGNALS } from './start/process/process-end.js';
import { letThreadsFinish } from './start/process/scheduling.js';

setEngineFlags();
const endAtOnce = (): never => process.exit(0);
for (const name of SIGNALS) process.on(name, endAtOnce);
// They mean nothing here: with one Node opens a port for debuggers, the other ends the process at once.
for (const name of ['SIGUSR1', 'SIGUSR2'] as const) process.on(name, () => undefined);
try {
  checkProcessLimits(readProcessLimits(), 1);
} catch (error) {
  endWithProblems(error);
}
const [{ runGateway }] = await Promise.all([import('./run-gateway.js'), letThreadsFinish()]);
for (const name of SIGNALS) process.off(name, endAtOnce);
await runGateway(process.argv.slice(2));
