import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { OptionValues } from '../../../metrics/process/options.js';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { systemProblem } from '../../../metrics/process/system-problem.js';
import {
  clickCount,
  sessionsUntil,
  type Dataset,
  type SessionRange,
} from '../../../model/train/data/dataset.js';
import { readInteractions, type Interactions } from '../../../model/train/data/readers/interactions.js';
import type { ReadingReport } from '../../../model/tables/reading-report.js';
import { TRAINING_DEFAULTS } from '../../../model/train/training-options.js';
import { TrainingFolder, type TrainingFingerprint } from '../progress/training-folder.js';
import { unlockForReading } from '../../store/vault/unlock-folder.js';
import { readJournalData } from './journal-data.js';
import type { ModelSources } from './train-model.js';
import { DEMO_DATA, DEMO_UNTIL, SMALL_CLICKS, type trainOptions } from './train-options.js';

export type TrainConfig = OptionValues<typeof trainOptions>;

/** A training that can begin, or go on: its folder, what it learns from, and which sessions of that. */
export interface OpenedTraining {
  readonly folder: TrainingFolder;
  readonly sources: ModelSources;
  readonly range: SessionRange;
  /** Of tables that were read. */
  readonly report?: ReadingReport;
}

/**
 * Reads the data, makes the folder of the bundle, and finds out how far an earlier run has come. Rejects with `StartupError`;
 * when there is nothing to train on, no folder was made, and what another training has kept is still there.
 */
export async function openTraining(config: TrainConfig): Promise<OpenedTraining> {
  const path = `${resolve(config.out)}.training`;
  if (config.journal !== undefined) return await openJournalTraining(config, config.journal, path);
  const read = await readInteractions(config.data ?? DEMO_DATA, false, config);
  const { sources, range } = prepared(config, read);
  const print = fingerprintOf({ ...sources, range });
  return { folder: await openFolder(path, print, config), sources, range, report: read.report };
}

/** A journal grows while a gateway runs: an interrupted training goes on with what it read of the journal at first. */
async function openJournalTraining(
  config: TrainConfig,
  journal: string,
  path: string,
): Promise<OpenedTraining> {
  const { seed, epochs, until, name, version } = config;
  const print = {
    journal: resolve(journal),
    seed,
    epochs: epochs ?? '',
    until: until ?? '',
    name: name ?? '',
    version,
  };
  const goesOn = !config.fresh && TrainingFolder.holds(path, print);
  // Opening the folder throws away what another training has kept: not before there is something to train on instead.
  const read = goesOn ? undefined : await preparedJournal(config, journal);
  const folder = await openFolder(path, print, config);
  const known = await folder.result('journal');
  if (known !== undefined) return { folder, ...prepared(config, known.value as Interactions) };
  const { data, ...opened } = read ?? (await preparedJournal(config, journal));
  await folder.finish('journal', data);
  return { folder, ...opened };
}

async function preparedJournal(config: TrainConfig, journal: string) {
  unlockForReading(journal, {
    masterKeyFile: process.env['AFTERCLICK_MASTER_KEY_FILE'] ?? '',
    masterKeyCommand: process.env['AFTERCLICK_MASTER_KEY_COMMAND'] ?? '',
  });
  const data = await readJournalData(journal);
  return { data, ...prepared(config, data) };
}

async function openFolder(
  path: string,
  print: TrainingFingerprint,
  { out, fresh: isFresh }: TrainConfig,
): Promise<TrainingFolder> {
  await makeOut(out);
  const folder = await TrainingFolder.open(path, print, isFresh);
  if (folder.discarded !== undefined)
    process.stderr.write(
      `${path} held another training (it differs in ${folder.discarded}); starting anew\n`,
    );
  if (folder.resumesAt !== undefined)
    process.stderr.write(`going on with the training in ${path}: ${folder.resumesAt}; --fresh starts anew\n`);
  return folder;
}

/** Found out now, not after hours of training. */
async function makeOut(out: string): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    await access(out, constants.W_OK);
  } catch (cause) {
    const why = systemProblem(cause) ?? (cause as Error).message;
    throw new StartupError('bad_arguments', `--out: ${out} cannot be the folder of a bundle: ${why}`, {
      cause,
    });
  }
}

function prepared(config: TrainConfig, { dataset, items }: Interactions): Omit<OpenedTraining, 'folder'> {
  const isDemo = config.journal === undefined && resolve(config.data ?? DEMO_DATA) === resolve(DEMO_DATA);
  const until = config.until ?? (isDemo ? DEMO_UNTIL : undefined);
  const range = sessionsUntil(dataset, until === undefined ? Infinity : Date.parse(until));
  refuseSingles(dataset, range);
  const usual =
    clickCount(dataset, range) < SMALL_CLICKS ? 2 * TRAINING_DEFAULTS.epochs : TRAINING_DEFAULTS.epochs;
  const recipe = {
    name: config.name ?? (isDemo ? 'demo' : dataset.name.slice(0, 64)),
    version: config.version,
    options: { seed: config.seed, epochs: config.epochs ?? usual },
    learns: dataset.timeMs !== null,
  };
  return { sources: { dataset, items, recipe }, range };
}

/** What comes after what is learned from sessions of two clicks and more: throws when there are none. */
function refuseSingles({ name, start }: Dataset, { from, to }: SessionRange): void {
  for (let session = from; session < to; session++) if (start[session + 1] - start[session] > 1) return;
  throw new StartupError(
    'data_unreadable',
    `${name}: expected sessions of two clicks, and no session has two clicks`,
  );
}

/** What a training from recorded data is made from. */
function fingerprintOf({
  dataset,
  items,
  recipe,
  range,
}: ModelSources & { range: SessionRange }): TrainingFingerprint {
  const hash = createHash('sha256');
  for (const item of items) hash.update(`${JSON.stringify(item)}\n`);
  const { options, ...rest } = recipe;
  return {
    data: dataset.hash,
    items: hash.digest('hex'),
    sessions: `${range.from}-${range.to}`,
    node: process.version,
    ...rest,
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)])),
  };
}
