import { asksForHelp, loggable, readConfig, helpText } from './start/config.js';
import { startService } from './service.js';
import { endOnFatal, endOnSignal, endWithProblems } from './start/process-end.js';
import { createLog } from '../metrics/process/log.js';

const argv = process.argv.slice(2);
if (asksForHelp(argv)) {
  process.stdout.write(helpText());
} else {
  try {
    const config = readConfig(argv, process.env);
    const log = createLog({ level: config.logLevel });
    log.info({ config: loggable(config) }, 'starting');
    const service = await startService(config, log, (error) => endOnFatal(error, log));
    endOnSignal(service, log);
    const { url, model } = service;
    const ready = {
      event: 'ready',
      url,
      pid: process.pid,
      shards: config.shards,
      model,
      startMs: Math.round(performance.now()),
    };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  } catch (error) {
    endWithProblems(error);
  }
}
