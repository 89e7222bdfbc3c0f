import { basename } from 'node:path';
import { isSpareName } from '../../../shards/store/journal-file/segments/segment-file.js';
import { LMDB_FILE } from '../../../shards/store/lmdb/commits/lmdb-file.js';
import { RECORD, textsOf, type LogRecord } from '../recorder/log-records.js';

/**
 * Kinds of moments that a run has to cut: a segment is made of zeros; it has got its name, which is not on the disk; a group of records is being
 * written; groups are on the disk and LMDB writes the rows that follow from them; a segment is removed; a process was killed and the
 * next one has not promised anything.
 */
export const MOMENTS = ['preparing', 'rotating', 'group', 'rows', 'dropping', 'reopening'] as const;

export type Moment = (typeof MOMENTS)[number];

/** What a file is to a store. */
type FileKind = 'spare' | 'segment' | 'tables' | 'other';

/** Says of each place between two records which moments it lies in. */
export class MomentFinder {
  readonly #kinds = new Map<number, FileKind>();
  readonly #inodes = new Map<string, number>();
  /** What ends with a call under way. */
  readonly #calls = new Map<bigint, () => void>();
  /** What each kind of moment is going on for. */
  readonly #now = new Map<Moment, Set<number>>(MOMENTS.map((moment) => [moment, new Set<number>()]));
  #hasGroup = false;

  /** The moments that the place behind this record lies in. */
  take(record: LogRecord): Moment[] {
    this.#follow(record);
    return MOMENTS.filter((moment) => this.#of(moment).size > 0);
  }

  #follow(record: LogRecord): void {
    switch (record.kind) {
      case RECORD.create: {
        const [path] = textsOf(record);
        const kind = kindOf(path);
        this.#inodes.set(path, record.inode);
        this.#kinds.set(record.inode, kind);
        if (kind === 'spare') this.#of('preparing').add(record.inode);
        return;
      }
      case RECORD.rename:
        return this.#rename(record);
      case RECORD.unlink:
        if (kindOf(textsOf(record)[0]) === 'segment') this.#of('dropping').add(0);
        return;
      case RECORD.write:
        return this.#write(record);
      case RECORD.sync:
        return this.#sync(record);
      case RECORD.mark: {
        const { m } = JSON.parse(record.bytes.toString('utf8')) as { readonly m: string };
        if (m === 'killed') this.#killed();
        return;
      }
      case RECORD.send:
        return this.#of('reopening').clear();
      case RECORD.end:
        this.#calls.get(record.id)?.();
        this.#calls.delete(record.id);
    }
  }

  #rename(record: LogRecord): void {
    const [from, to] = textsOf(record);
    const inode = this.#inodes.get(from);
    if (inode === undefined) return;
    this.#inodes.delete(from);
    this.#inodes.set(to, inode);
    const before = this.#kinds.get(inode);
    this.#kinds.set(inode, kindOf(to));
    if (before !== 'spare' || kindOf(to) !== 'segment') return;
    this.#of('preparing').delete(inode);
    this.#of('rotating').add(inode);
  }

  /** Nothing that was under way goes on. */
  #killed(): void {
    this.#calls.clear();
    for (const inodes of this.#now.values()) inodes.clear();
    this.#of('reopening').add(0);
  }

  #write({ id, inode, isSynced }: LogRecord): void {
    const kind = this.#kinds.get(inode);
    if (kind === 'segment') {
      this.#of('group').add(inode);
      this.#calls.set(id, () => {
        this.#of('group').delete(inode);
        this.#hasGroup = true;
      });
    } else if (kind === 'tables' && this.#hasGroup) {
      this.#of('rows').add(inode);
      // The root page is the last one of a transaction, and synced by itself.
      if (isSynced) this.#calls.set(id, () => this.#of('rows').delete(inode));
    }
  }

  #sync({ id, inode }: LogRecord): void {
    if (this.#kinds.get(inode) !== undefined) return;
    // A folder: names that were changed are on the disk.
    this.#calls.set(id, () => {
      this.#of('rotating').clear();
      this.#of('dropping').clear();
    });
  }

  #of(moment: Moment): Set<number> {
    return this.#now.get(moment)!;
  }
}

function kindOf(path: string): FileKind {
  const name = basename(path);
  if (isSpareName(name)) return 'spare';
  if (name.endsWith('.segment')) return 'segment';
  return name === LMDB_FILE && path.includes('/shard-') ? 'tables' : 'other';
}
