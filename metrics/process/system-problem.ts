import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { getSystemErrorName } from 'node:util';

/**
 * What errors of the system mean for a file or folder of ours, and what to do. None of them says that what is in the file is
 * damaged. A full disk has an error of its own: `diskFull`.
 */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it: correct its owner and permissions, or run as the user who owns it',
  EPERM:
    'this user may not use it: correct its owner, permissions and attributes (lsattr), or run as the user who owns it',
  EROFS:
    'its file system is mounted read-only: mount it for writing; when the system did that itself, dmesg says why',
  EMFILE: 'this process has as many files open as it may: raise that limit (ulimit -n, LimitNOFILE)',
  ENFILE: 'the system has as many files open as it may: raise that limit (fs.file-max)',
  ENOMEM: 'there is not enough memory: give this process more (ulimit -v, MemoryMax)',
  ENOTDIR: 'a part of its path is a file and no folder: move that file away, or name another folder',
  EISDIR: 'it is a folder and no file: move that folder away',
  ELOOP: 'its links lead in a circle: mend them, or name another path',
  ENAMETOOLONG: 'its path is too long: name a shorter one',
  EBUSY: 'something else holds it: find out what (fuser), and end that',
  EIO: 'the disk cannot read or write it: look at dmesg and SMART, and copy what can be read to another disk first',
  ESTALE: 'the server of its file system has lost it: mount it again',
  ENODEV: 'its device is gone: attach and mount it again',
  ENXIO: 'its device is gone: attach and mount it again',
};

/**
 * Names an error of the file system for what it is, with what to do; looks at its causes too. Undefined for every other error.
 * The path, where the error knows it, is in its own message, which comes first.
 */
export function systemProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const name = nameOf((error as { readonly code?: unknown }).code);
  if (name !== undefined && Object.hasOwn(MEANINGS, name)) return `${error.message}: ${MEANINGS[name]}`;
  return systemProblem(error.cause);
}

/** Why a file that somebody named cannot be read, with what to do; `error` is what reading it threw. */
export function unreadableFile(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `there is no file ${path}`;
  if (code === 'EISDIR') return `${path} is a folder: name a file`;
  if (code === 'ENOTDIR') return `there is no file ${path}: a part of its path is a file and no folder`;
  return `${path} cannot be read: ${systemProblem(error) ?? message}`;
}

/** Why the file that somebody named cannot be read, found before it is; undefined when it can. */
export function inputFileProblem(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return unreadableFile(path, { code: 'EISDIR' });
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return unreadableFile(path, error);
  }
}

/** What files of a data folder are called, and no folder of it is. */
const FILE_NAME = /\.(?:json|mdb|segment|keys)$/;

/** As `systemProblem`, of a file in `folder`; names folders that stand where files are read, for an error of reading does not know its path. */
export function systemProblemIn(folder: string, error: unknown): string | undefined {
  const problem = systemProblem(error);
  if (problem === undefined || !problem.includes('EISDIR')) return problem;
  const inTheWay = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && FILE_NAME.test(entry.name))
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  return inTheWay.length === 0 ? problem : `${problem} (${inTheWay.join(', ')})`;
}

/** lmdb-js gives the numbers of the system, Node their names. */
function nameOf(code: unknown): string | undefined {
  if (typeof code === 'string') return code;
  return typeof code === 'number' && Number.isInteger(code) && code > 0 && code < 200
    ? getSystemErrorName(-code)
    : undefined;
}
