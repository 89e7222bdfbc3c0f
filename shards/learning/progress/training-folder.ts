import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { TensorFile, writeTensors } from '../../../model/train/optimiser/tensor-file.js';
import type { TrainingPosition, TrainingTensors } from '../../../model/train/optimiser/training-hooks.js';
import {
  makeFolderDurably,
  renameDurably,
  syncFile,
  writeFileDurably,
} from '../../../metrics/process/durable-files.js';
import { TrainingLog, type StageRecord } from './training-log.js';

/** What a training is made from; another value of any of them makes it another training. */
export type TrainingFingerprint = Readonly<Record<string, string | number | boolean>>;

const FORMAT = 1;
const STATE_FILE = 'training.json';
const RUNNING_FILE = 'running.safetensors';

interface StateFile {
  readonly format: number;
  readonly fingerprint: TrainingFingerprint;
  readonly log: StageRecord[];
}

interface RunningNote {
  readonly stage: string;
  readonly position: TrainingPosition;
  readonly log: StageRecord[];
}

/**
 * An unfinished training on disk: what its finished stages gave, and where the running one is. Every file is there whole or
 * not at all, so a training that was killed at any moment goes on from the last one that was written.
 */
export class TrainingFolder {
  readonly path: string;
  /** In what an earlier training differs that was there and is not used; undefined when there was none, or when it is used. */
  readonly discarded: string | undefined;
  log: TrainingLog;
  readonly #fingerprint: TrainingFingerprint;
  #running: RunningNote | undefined;

  private constructor(
    path: string,
    fingerprint: TrainingFingerprint,
    log: TrainingLog,
    discarded: string | undefined,
  ) {
    this.path = path;
    this.#fingerprint = fingerprint;
    this.log = log;
    this.discarded = discarded;
  }

  /** True when there is a training of this fingerprint to go on with. Changes nothing. Throws as `open` rejects. */
  static holds(path: string, fingerprint: TrainingFingerprint): boolean {
    refuseForeign(path);
    const found = readState(path);
    return found !== undefined && differences(found, fingerprint).length === 0;
  }

  /**
   * Opens the folder, or makes it. A training of another fingerprint, and any when `isFresh`, is thrown away.
   * Rejects with `StartupError` `training_unreadable` when what is there cannot be read.
   */
  static async open(
    path: string,
    fingerprint: TrainingFingerprint,
    isFresh: boolean,
  ): Promise<TrainingFolder> {
    refuseForeign(path);
    const found = isFresh ? undefined : readState(path);
    const differing = found === undefined ? [] : differences(found, fingerprint);
    const kept = differing.length === 0 ? found : undefined;
    if (kept === undefined) await rm(path, { recursive: true, force: true });
    const discarded = differing.length === 0 ? undefined : differing.join(', ');
    const folder = new TrainingFolder(path, fingerprint, new TrainingLog(kept?.log), discarded);
    if (kept === undefined) await folder.#writeState();
    else await folder.#findRunning();
    return folder;
  }

  /** Where the training goes on: a stage, and its step when it was in the middle of one. Undefined: at the beginning. */
  get resumesAt(): string | undefined {
    if (this.#running !== undefined) return `${this.#running.stage}, step ${this.#running.position.done}`;
    const done = this.log.stages.filter((stage) => stage.isDone);
    return done.length === 0 ? undefined : `after ${done[done.length - 1].name}`;
  }

  /** What a finished stage gave; undefined when it is not finished. */
  async result(stage: string): Promise<{ readonly value: unknown } | undefined> {
    if (!this.log.stages.some(({ name, isDone }) => name === stage && isDone)) return undefined;
    try {
      return { value: deserialize(await readFile(this.#resultPath(stage))) };
    } catch (cause) {
      throw unreadable(this.#resultPath(stage), cause);
    }
  }

  /** Keeps what a stage gave; the log says then that it is done. */
  async finish(stage: string, value: unknown): Promise<void> {
    const path = this.#resultPath(stage);
    await writeFile(`${path}.partial`, serialize(value));
    await syncFile(`${path}.partial`);
    await renameDurably(`${path}.partial`, path);
    this.log.stage(stage).isDone = true;
    await this.#writeState();
    this.#running = undefined;
    await rm(join(this.path, RUNNING_FILE), { force: true });
  }

  /** Fills `tensors` with those of the running stage; undefined when it has not been saved. */
  async restore(stage: string, tensors: TrainingTensors): Promise<TrainingPosition | undefined> {
    if (this.#running?.stage !== stage) return undefined;
    const path = join(this.path, RUNNING_FILE);
    try {
      const file = await TensorFile.open(path);
      try {
        await file.readInto(tensors);
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw unreadable(path, cause);
    }
    return this.#running.position;
  }

  async save(stage: string, position: TrainingPosition, tensors: TrainingTensors): Promise<void> {
    const note: RunningNote = { stage, position, log: this.log.stages };
    await writeTensors(join(this.path, RUNNING_FILE), JSON.stringify(note), tensors);
  }

  /** The training is finished: nothing of it is needed any more. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async #writeState(): Promise<void> {
    await makeFolderDurably(this.path);
    const state: StateFile = { format: FORMAT, fingerprint: this.#fingerprint, log: this.log.stages };
    await writeFileDurably(join(this.path, STATE_FILE), `${JSON.stringify(state)}\n`);
  }

  async #findRunning(): Promise<void> {
    const path = join(this.path, RUNNING_FILE);
    if (!existsSync(path)) return;
    let note: RunningNote;
    try {
      const file = await TensorFile.open(path);
      note = JSON.parse(file.note) as RunningNote;
      await file.close();
    } catch (cause) {
      throw unreadable(path, cause);
    }
    const isDone = this.log.stages.some(({ name, isDone }) => name === note.stage && isDone);
    if (isDone) return;
    this.#running = note;
    this.log = new TrainingLog(note.log);
  }

  #resultPath(stage: string): string {
    return join(this.path, `${stage.replaceAll(/[^a-z0-9]+/g, '-')}.result`);
  }
}

/** Throws when the folder holds anything but a training: nothing else may be thrown away. */
function refuseForeign(path: string): void {
  if (!existsSync(path) || existsSync(join(path, STATE_FILE))) return;
  throw new StartupError(
    'training_unreadable',
    `${path} is there and holds no interrupted training; name another --out, or move it away`,
  );
}

function readState(path: string): StateFile | undefined {
  const file = join(path, STATE_FILE);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StateFile;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function differences(found: StateFile, fingerprint: TrainingFingerprint): string[] {
  if (found.format !== FORMAT) return ['format'];
  const names = new Set([...Object.keys(found.fingerprint), ...Object.keys(fingerprint)]);
  return [...names].filter((name) => found.fingerprint[name] !== fingerprint[name]);
}

function unreadable(path: string, cause: unknown): StartupError {
  return new StartupError(
    'training_unreadable',
    `${path} cannot be read: ${(cause as Error).message}; start anew with --fresh`,
    { cause },
  );
}
