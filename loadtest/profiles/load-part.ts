// One of several processes of the load generator: offers its part of the clicks when it is told to begin, and says what it recorded.
import { realClock } from '../../metrics/process/clock.js';
import { LoadRun } from '../load/load-run.js';
import type { FromPart, ToPart } from './part-messages.js';
import { readClicked, socketPlan, type Settled } from './socket-load.js';

const say = (message: FromPart): void => void process.send?.(message);
let run: LoadRun | undefined;

async function open(config: Settled, part: number, name: string): Promise<void> {
  const clicked = await readClicked(config, () => undefined);
  run = new LoadRun(socketPlan(config, clicked, `${name}-${part}`), realClock);
  await run.open();
  say({ t: 'opened' });
}

async function begin(startUs: number): Promise<void> {
  if (run === undefined) throw new Error('it was told to begin before it was told what');
  const cpuBefore = process.cpuUsage();
  await run.offerClicks(
    { update: (clicks) => say({ t: 'progress', clicks }), stop: () => undefined },
    startUs,
  );
  await run.drain();
  const cpu = process.cpuUsage(cpuBefore);
  const cpuShare = (cpu.user + cpu.system) / (realClock.nowUs() - startUs);
  const clicks = run.recorder.save();
  run.close();
  say({ t: 'done', clicks, cpuShare });
}

process.on('message', (message: ToPart) => {
  const done =
    message.t === 'open' ? open(message.config, message.part, message.run) : begin(message.startUs);
  done.catch((error: unknown) => say({ t: 'failed', message: (error as Error).message }));
});
// Whoever started it is gone, or has all it wanted.
process.on('disconnect', () => process.exit());
