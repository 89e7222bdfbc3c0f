import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { builtModule } from '../support/built.js';

/** A build that breaks its promise; the suite has to notice. */
export interface BrokenBuild {
  readonly name: string;
  readonly what: string;
  /** Built file, a text that is in it once, and what stands there instead. */
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

export const BROKEN_BUILDS: readonly BrokenBuild[] = [
  {
    name: 'unsynced',
    what: 'LMDB does not sync',
    changes: [
      {
        file: 'shards/store/lmdb/commits/lmdb-environment.js',
        from: 'overlappingSync: false,',
        to: 'overlappingSync: false, noSync: true,',
      },
    ],
  },
  {
    name: 'unsynced-journal',
    what: 'segments of the journal are written without a sync',
    changes: [
      {
        file: 'shards/store/journal-file/segments/segment-file.js',
        from: 'constants.O_EXCL | constants.O_DSYNC',
        to: 'constants.O_EXCL',
      },
    ],
  },
  {
    name: 'unsynced-start',
    what: 'a start takes what a killed process wrote for durable',
    changes: [
      {
        file: 'shards/store/journal-file/segment-recovery.js',
        from: 'await file.write(group, 0, group.length, lastAt);',
        to: '0;',
      },
      {
        file: 'shards/store/journal-file/segment-recovery.js',
        from: 'await file.sync();',
        to: '',
      },
    ],
  },
  {
    name: 'early-ack',
    what: 'the acknowledgement leaves before the commit',
    changes: [
      {
        file: 'shards/shard/commits.js',
        from: 'const done = this.#store.commit(',
        to: 'for (const { of, seq } of acks) this.#durable(of.session, seq);\n        const done = this.#store.commit(',
      },
    ],
  },
  {
    name: 'unsynced-names',
    what: 'folders are not synced',
    changes: [
      {
        file: 'metrics/process/durable-files.js',
        from: 'await folder.sync();',
        to: '',
      },
    ],
  },
];

/** What is used of `bundle-processes.mjs`. */
interface Bundler {
  readonly bundleProcesses: (folder: string) => Promise<void>;
  readonly compiledPath: (folder: string, file: string) => string;
}

/** The suite is compiled into the built tree; this stays in the root. */
const BUNDLER = new URL('../bundle-processes.mjs', builtModule('')).href;

/** Copies the build in `folder` to `target` and breaks it; throws when the code is not the one that is known here. */
export async function breakBuild(
  folder: string,
  target: string,
  { name, changes }: BrokenBuild,
): Promise<void> {
  const { bundleProcesses, compiledPath } = (await import(BUNDLER)) as Bundler;
  cpSync(folder, target, { recursive: true });
  for (const { file, from, to } of changes) {
    const path = compiledPath(target, file);
    const code = readFileSync(path, 'utf8');
    if (code.split(from).length !== 2)
      throw new Error(`${name}: ${file} has no single "${from}"; mend broken-builds.ts`);
    writeFileSync(path, code.replace(from, to));
  }
  await bundleProcesses(target);
}
