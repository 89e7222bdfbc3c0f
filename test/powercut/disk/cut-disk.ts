import { mkdirSync, openSync, closeSync, ftruncateSync, writeSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { LMDB_LOCK_FILE } from '../../../shards/store/lmdb/commits/lmdb-file.js';
import { RECORD, textsOf, type LogRecord } from '../recorder/log-records.js';
import { DiskNames, type DiskNode, type NameChange } from './disk-names.js';
import type { KilledMark, PromiseMark } from '../workload/promise-marks.js';
import { FateChooser, type Fate } from './disk-fate.js';
import { FileImage } from './file-image.js';

/** A change of a file's content. */
interface ContentChange {
  readonly at: number;
  /** Undefined: the file gets the length `at`. */
  bytes: Buffer | undefined;
  isOver: boolean;
  isDurable: boolean;
}

interface DiskFile {
  readonly node: DiskNode;
  /** What is durable, without gaps. */
  readonly durable: FileImage;
  /** What came after, in order; of that something may be durable too. */
  changes: ContentChange[];
  /** Written to in memory as well: nobody knows what is on the disk. */
  isMapped: boolean;
}

interface PendingName {
  readonly change: NameChange;
  /** Its folder was synced since. */
  isGiven: boolean;
  isTaken: boolean;
  isOver: boolean;
}

/**
 * A disk as the records say it is: what has been synced, and what of the rest may be there. A file's content is durable up to a sync
 * that has ended, as far as it was written when that began; what is written with O_DSYNC is durable when the call ends, alone. A name is
 * durable when its folder was synced after it was given; of a move between two folders each has its half.
 * Anything else may be on the disk or not: `write` makes a folder of it by a seed.
 */
export class CutDisk {
  readonly #root: string;
  readonly #names: DiskNames;
  /** Names as the recorded process saw them. */
  readonly #live: DiskNode;
  /** By the number of their inode, which another file may get once one is gone. */
  readonly #files = new Map<number, DiskFile>();
  readonly #contents = new Map<DiskNode, DiskFile>();
  readonly #folders = new Map<number, DiskNode>();
  #pendingNames: PendingName[] = [];
  /** What ends with the call of this number; `isKilled`: the process was killed before it came back. */
  readonly #open = new Map<bigint, (result: number, isKilled: boolean) => void>();

  /** Of an empty folder `root`, which is durable itself. */
  constructor(root: string, inode: number) {
    this.#root = root;
    this.#live = folderNode(inode);
    this.#names = new DiskNames(this.#live);
    this.#folders.set(inode, this.#live);
  }

  /** Throws for a record of something that cannot be followed. */
  take(record: LogRecord): void {
    switch (record.kind) {
      case RECORD.create:
        return this.#make(record, {
          inode: record.inode,
          isFolder: false,
          entries: new Map<string, DiskNode>(),
        });
      case RECORD.mkdir:
        return this.#make(record, folderNode(record.inode));
      case RECORD.write:
      case RECORD.truncate:
        return this.#change(record);
      case RECORD.sync:
        return this.#sync(record);
      case RECORD.rename:
      case RECORD.unlink:
        return this.#rename(record);
      case RECORD.mapped:
        return this.#map(this.#fileOf(record.inode));
      case RECORD.unseen:
        throw new Error(`the recorder cannot follow ${textsOf(record).join(' ')}`);
      case RECORD.mark: {
        const mark = JSON.parse(record.bytes.toString('utf8')) as PromiseMark;
        return mark.m === 'killed' ? this.#killed(mark) : undefined;
      }
      case RECORD.end:
        this.#open.get(record.id)?.(record.at, false);
        this.#open.delete(record.id);
    }
  }

  /** What a killed process had begun is there as far as it came, and nothing of it is durable. */
  #killed({ calls }: KilledMark): void {
    const results = new Map(calls.map(({ id, result }) => [BigInt(id), result]));
    for (const [id, end] of this.#open) end(results.get(id) ?? -1, true);
    this.#open.clear();
  }

  /** Changes that may be on the disk or not. */
  get pendingCount(): number {
    let count = this.#pendingNames.filter((pending) => !isDurable(pending)).length;
    for (const { changes } of this.#contents.values())
      for (const { isDurable } of changes) if (!isDurable) count++;
    return count;
  }

  /** Makes `folder`, which does not exist, what the disk may hold after the power went. */
  write(folder: string, fate: Fate, random: (limit: number) => number): void {
    const chooser = new FateChooser(fate, this.pendingCount, random);
    const names = this.#names.copy();
    for (const pending of this.#pendingNames) {
      const { change, isGiven, isTaken } = pending;
      const isKept = isDurable(pending) || chooser.keepsWhole();
      names.apply({
        gives: isKept || isGiven ? change.gives : undefined,
        takes: isKept || isTaken ? change.takes : undefined,
      });
    }
    mkdirSync(folder);
    for (const { path, node } of names.walk()) {
      if (node.isFolder) mkdirSync(join(folder, path));
      else writeImage(join(folder, path), this.#imageOf(node, chooser, random));
    }
  }

  #imageOf(node: DiskNode, chooser: FateChooser, random: (limit: number) => number): FileImage {
    const { durable, changes, isMapped } = this.#contents.get(node)!;
    const image = durable.copy();
    for (const { at, bytes, isDurable } of changes) {
      if (bytes === undefined) {
        if (isDurable || chooser.keepsWhole()) image.truncate(at);
      } else if (isDurable) image.write(at, bytes);
      else {
        for (const { from, to } of chooser.keptPieces(at, bytes.length))
          if (to > from) image.write(at + from, bytes.subarray(from, to));
        if (chooser.lengthens()) image.size = Math.max(image.size, at + bytes.length);
      }
    }
    return isMapped ? anyContent(image.size, random) : image;
  }

  #make(record: LogRecord, node: DiskNode): void {
    const [path] = textsOf(record);
    const folder = this.#nodeAt(dirname(path));
    if (node.isFolder) this.#folders.set(node.inode, node);
    else {
      const file: DiskFile = { node, durable: new FileImage(), changes: [], isMapped: false };
      this.#files.set(node.inode, file);
      this.#contents.set(node, file);
    }
    folder.entries.set(basename(path), node);
    this.#pend({ gives: { folder, name: basename(path), node } }).isOver = true;
  }

  /** The one file that is known to be of no value after a cut. */
  #map(file: DiskFile): void {
    for (const { path, node } of this.#livePaths())
      if (node === file.node && path !== LMDB_LOCK_FILE)
        throw new Error(`${path} is written to in memory, which the recorder cannot see`);
    file.isMapped = true;
  }

  #change({ kind, id, inode, at, isSynced, bytes }: LogRecord): void {
    const file = this.#fileOf(inode);
    const change: ContentChange = {
      at,
      bytes: kind === RECORD.write ? bytes : undefined,
      isOver: false,
      isDurable: false,
    };
    file.changes.push(change);
    this.#open.set(id, (result, isKilled) => {
      if (isKilled) {
        if (result < 0) file.changes = file.changes.filter((other) => other !== change);
        else change.bytes &&= bytes.subarray(0, result);
      } else if (result < 0 || (kind === RECORD.write && result !== bytes.length))
        throw new Error('a write failed while it was recorded');
      change.isOver = true;
      if (!isSynced || isKilled) return;
      change.isDurable = true;
      settle(file);
    });
  }

  #sync({ id, inode }: LogRecord): void {
    const folder = this.#folders.get(inode);
    const file = this.#files.get(inode);
    // The number of a folder that is gone may be a file's by now, and the other way round.
    const changes = file?.changes.filter(({ isOver }) => isOver) ?? [];
    const names = this.#pendingNames.filter(({ isOver }) => isOver);
    this.#open.set(id, (result, isKilled) => {
      if (result !== 0 || isKilled) return;
      for (const change of changes) change.isDurable = true;
      if (file !== undefined) settle(file);
      if (folder === undefined) return;
      for (const name of names) {
        name.isGiven ||= name.change.gives?.folder === folder;
        name.isTaken ||= name.change.takes?.folder === folder;
      }
      this.#settleNames();
    });
  }

  #rename(record: LogRecord): void {
    const [from, to] = textsOf(record);
    const folder = this.#nodeAt(dirname(from));
    const node = folder.entries.get(basename(from));
    if (node === undefined) return;
    const takes = { folder, name: basename(from), node };
    const target = to === undefined ? undefined : this.#nodeAt(dirname(to));
    const gives = target && { folder: target, name: basename(to), node };
    const pending = this.#pend({ takes, gives });
    this.#open.set(record.id, (result) => {
      if (result !== 0) {
        this.#pendingNames = this.#pendingNames.filter((other) => other !== pending);
        return;
      }
      pending.isOver = true;
      if (takes.folder.entries.get(takes.name) === node) takes.folder.entries.delete(takes.name);
      target?.entries.set(basename(to), node);
    });
  }

  #pend(change: NameChange): PendingName {
    const pending = { change, isGiven: false, isTaken: false, isOver: false };
    this.#pendingNames.push(pending);
    return pending;
  }

  #settleNames(): void {
    while (this.#pendingNames.length > 0 && isDurable(this.#pendingNames[0])) {
      const [{ change }] = this.#pendingNames.splice(0, 1);
      this.#names.apply(change);
    }
  }

  #fileOf(inode: number): DiskFile {
    const file = this.#files.get(inode);
    if (file === undefined) throw new Error(`a file was written to that was not made while it was recorded`);
    return file;
  }

  /** A folder as the process sees it. */
  #nodeAt(path: string): DiskNode {
    let node: DiskNode | undefined = this.#live;
    for (const name of relative(this.#root, path).split('/')) if (name !== '') node = node?.entries.get(name);
    if (node === undefined) throw new Error(`${path} was not made while it was recorded`);
    return node;
  }

  *#livePaths(folder = this.#live): Generator<{ readonly path: string; readonly node: DiskNode }> {
    for (const [path, node] of folder.entries) {
      yield { path, node };
      yield* this.#livePaths(node);
    }
  }
}

function folderNode(inode: number): DiskNode {
  return { inode, isFolder: true, entries: new Map<string, DiskNode>() };
}

function isDurable({ change, isGiven, isTaken }: PendingName): boolean {
  return (change.gives === undefined || isGiven) && (change.takes === undefined || isTaken);
}

/** What is durable without a gap becomes the file's content. */
function settle({ changes, durable }: DiskFile): void {
  let count = 0;
  for (; count < changes.length && changes[count].isDurable; count++) {
    const { at, bytes } = changes[count];
    if (bytes === undefined) durable.truncate(at);
    else durable.write(at, bytes);
  }
  changes.splice(0, count);
}

/** Nothing, zeros or noise. */
function anyContent(size: number, random: (limit: number) => number): FileImage {
  const image = new FileImage();
  const way = random(3);
  if (way > 0) image.truncate(size);
  if (way > 1)
    image.write(
      0,
      Uint8Array.from({ length: size }, () => random(256)),
    );
  return image;
}

function writeImage(path: string, image: FileImage): void {
  const file = openSync(path, 'w');
  try {
    if (image.content.length > 0)
      writeSync(file, image.content, 0, Math.min(image.content.length, image.size), 0);
    ftruncateSync(file, image.size);
  } finally {
    closeSync(file);
  }
}
