import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../metrics/process/command-line.js';
import { builtFile } from '../support/built.js';
import { breakBuild, BROKEN_BUILDS } from './broken-builds.js';
import { powercutOptions } from './powercut-options.js';
import { MASTER_KEY_FILE } from './check/folder-recovery.js';
import { runPowercut, type PowercutResult } from './powercut-run.js';
import { compileRecorder } from './workload/recorded-gateway.js';

const USAGE = `npm run test:powercut -- [flags]

Records what the built gateway writes and syncs while shoppers use it, cuts the power at many points of the recording, and opens
what the disk may hold then. Exit code 1 when something acknowledged is not there, 2 for bad arguments.

Builds that must not hold:
${BROKEN_BUILDS.map(({ name, what }) => `  ${name.padEnd(16)}${what}`).join('\n')}`;

/** The build lies in the project's folder. */
const RECORDER = '../test/powercut/recorder/recorder.c';
/** Cuts of a result that are told of in full. */
const TOLD_MAX = 10;
/** A build that must fail is cut at least so often. */
const BROKEN_POINTS_MIN = 40;

/** A file system in memory makes the many small syncs of the checks cheap; it has to have room for some folders. */
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_BYTES_MIN = 2 * 2 ** 30;

/** Folders that are gone when the process ends. */
const temporary: string[] = [];
process.once('exit', () => {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

/** Where the folders are made that are looked at. */
function cutsFolder(): string {
  let parent = tmpdir();
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    if (bavail * bsize >= MEMORY_BYTES_MIN) parent = MEMORY_FOLDER;
  } catch {
    // Another system.
  }
  const folder = mkdtempSync(join(parent, 'afterclick-cuts-'));
  temporary.push(folder);
  return folder;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell(name: string, { points, acknowledged, records, moments, counts, bad }: PowercutResult): void {
  for (const { cut, findings } of bad.slice(0, TOLD_MAX))
    for (const { kind, text } of findings.slice(0, 3))
      say(`  ${name}: record ${cut.position} ${cut.fate} seed ${cut.seed}: ${kind}: ${text.split('\n')[0]}`);
  const { lost, double, refused, ...others } = counts;
  const more = Object.entries(others).map(([kind, count]) => `${count} ${kind}`);
  say(`${name}: ${records} records, ${bad.length} of ${points} cuts with findings; ${more.join(', ')}`);
  say(
    `${name}: in moments ${Object.entries(moments)
      .map(([moment, count]) => `${moment} ${count}`)
      .join(', ')}`,
  );
  say(line({ points, acknowledged, lost, double, refused }));
}

function line({
  points,
  acknowledged,
  lost,
  double,
  refused,
}: Record<'points' | 'acknowledged' | 'lost' | 'double' | 'refused', number>): string {
  return `${points} cut points, ${acknowledged} acknowledged, ${lost} lost, ${double} double, ${refused} refused to open`;
}

const code = await runCommand(USAGE, powercutOptions, process.argv.slice(2), async (options) => {
  const { seed, points, rounds, only, keep, encrypted } = options;
  const parent = keep ?? mkdtempSync(join(tmpdir(), 'powercut-'));
  mkdirSync(parent, { recursive: true });
  // Gateways and checkers inherit it.
  if (encrypted === 'yes') process.env[MASTER_KEY_FILE] = join(parent, 'master.key');
  const library = compileRecorder(builtFile(RECORDER), parent);
  const cuts = cutsFolder();
  const inFolder = (name: string): string => {
    mkdirSync(join(parent, name), { recursive: true });
    return join(parent, name);
  };
  const progress = (checked: number): void => {
    if (checked % 100 === 0) process.stderr.write(`${checked} cuts\n`);
  };
  let isGreen = true;
  const isMeant = (name: string): boolean => only === undefined || only === 'broken' || only === name;
  for (const broken of BROKEN_BUILDS) {
    if (!isMeant(broken.name)) continue;
    const build = builtFile('').replace(/\/$/, `-${broken.name}`);
    temporary.push(build);
    await breakBuild(builtFile(''), build, broken);
    const result = await runPowercut(
      {
        entry: `${build}/gateway/main.js`,
        library,
        cutsFolder: cuts,
        folder: inFolder(broken.name),
        seed,
        points: Math.max(BROKEN_POINTS_MIN, Math.ceil(points / 20)),
        rounds: Math.max(20, Math.ceil(rounds / 10)),
      },
      progress,
    );
    tell(broken.name, result);
    if (result.bad.length > 0) continue;
    say(`${broken.name}: ${broken.what}, and nothing was found: this suite proves nothing`);
    isGreen = false;
  }
  if (only !== undefined && only !== 'real') return isGreen ? 0 : 1;
  const entry = builtFile('gateway/main.js');
  const result = await runPowercut(
    { entry, library, cutsFolder: cuts, folder: inFolder('real'), seed, points, rounds },
    progress,
  );
  tell('real', result);
  for (const [moment, count] of Object.entries(result.moments)) {
    if (count > 0) continue;
    say(`no cut lies in a moment of the kind "${moment}": more points are needed`);
    isGreen = false;
  }
  return isGreen && result.bad.length === 0 ? 0 : 1;
});
process.exit(code);
