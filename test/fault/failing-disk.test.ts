import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type DiskError, FailingDisk } from '../support/disk/failing-disk.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { buildChild } from '../support/store/store-child.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { restoreTally } from '../support/store/store-tally.js';

let program: string;
beforeAll(() => {
  program = buildChild('full-disk-writer');
});
afterAll(() => rmSync(program));

/** A process that writes to a shard's store and to a catalogue, and what it says (`full-disk-writer.ts`). */
class Writer {
  readonly lines: string[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<[number | null, NodeJS.Signals | null]>;
  readonly #stderr: Promise<string>;
  #heard: (() => void)[] = [];

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#process = spawn(process.execPath, [program, folder, '7'], { env });
    this.#ended = once(this.#process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.#stderr = text(this.#process.stderr);
    const tell = () => {
      for (const call of this.#heard.splice(0)) call();
    };
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.lines.push(line);
      tell();
    });
    void this.#ended.then(tell);
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  /** Resolves with the first line from number `from` on that fits. */
  async line(fits: (line: string) => boolean, from = 0): Promise<string> {
    for (let at = from; ; at++) {
      while (at >= this.lines.length) {
        if (this.#process.exitCode !== null || this.#process.signalCode !== null)
          throw new Error(
            `it ended with ${this.#process.exitCode ?? this.#process.signalCode}: ${await this.#stderr}`,
          );
        await new Promise<void>((resolve) => this.#heard.push(resolve));
      }
      if (fits(this.lines[at])) return this.lines[at];
    }
  }

  get vouchedFor(): number {
    return Math.max(0, ...this.lines.map((line) => Number(/^(?:shard|rows) (\d+)$/.exec(line)?.[1] ?? 0)));
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends it in order; resolves with the end of the journal that it finds then. */
  async held(): Promise<number> {
    const at = this.lines.length;
    this.#process.stdin.write('end\n');
    await this.line((line) => line === 'closed', at);
    this.#process.stdin.write('check\n');
    const end = await this.line((line) => line.startsWith('holds '), at);
    expect(await this.#ended).toEqual([0, null]);
    return Number(end.slice(6));
  }
}

const ERRORS: readonly DiskError[] = ['EIO', 'ENOSPC', 'EROFS'];

describe.each(ERRORS)('[D1] a disk that answers %s', (error) => {
  test('to writes of the journal for a while: nothing is acknowledged meanwhile, and it goes on by itself', async () => {
    const folder = temporaryFolder();
    const disk = new FailingDisk(folder, '.segment');
    const writer = new Writer(folder, disk.env);
    await writer.line((line) => line.startsWith('shard ') && Number(line.slice(6)) > 20);
    for (let round = 0; round < 3; round++) {
      const at = writer.lines.length;
      disk.fail('write', error, { skip: round });
      await writer.line((line) => line === 'wait true', at);
      const stalled = writer.lines.length;
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(writer.lines.slice(stalled).filter((line) => line.startsWith('shard '))).toEqual([]);
      const before = writer.vouchedFor;
      disk.heal();
      await writer.line((line) => line === 'wait false', stalled);
      await writer.line((line) => line.startsWith('shard ') && Number(line.slice(6)) > before, stalled);
    }
    const vouchedFor = () => writer.vouchedFor;
    expect(await writer.held()).toBeGreaterThanOrEqual(vouchedFor());
    expect(writer.lines.filter((line) => line.startsWith('lost '))).toEqual([]);
  }, 60_000);

  test('to one write of the journal: the group goes to another file, once', async () => {
    const folder = temporaryFolder();
    const disk = new FailingDisk(folder, '.segment');
    const writer = new Writer(folder, disk.env);
    await writer.line((line) => line.startsWith('shard ') && Number(line.slice(6)) > 20);
    for (let round = 0; round < 10; round++) {
      const before = writer.vouchedFor;
      disk.fail('write', error, { skip: round, count: 1 });
      await writer.line((line) => line.startsWith('shard ') && Number(line.slice(6)) > before + 20);
    }
    expect(await writer.held()).toBeGreaterThanOrEqual(writer.vouchedFor);
    expect(writer.lines.filter((line) => line.startsWith('lost '))).toEqual([]);
  }, 60_000);

  test.each(['write', 'sync'] as const)(
    'to any %s of the tables: what was vouched for is there',
    async (call) => {
      for (let skip = 0; skip < 6; skip++) {
        const folder = temporaryFolder();
        const disk = new FailingDisk(folder, 'shard-0/data.mdb');
        const writer = new Writer(folder, disk.env);
        await writer.line((line) => line.startsWith('rows ') && Number(line.slice(5)) > 5);
        const at = writer.lines.length;
        disk.fail(call, error, { skip });
        await writer.line((line) => line === 'wait true' || line.startsWith('lost '), at).catch(noLoss);
        disk.heal();
        await writer.kill();
        const store = await openLmdbStore({ folder: `${folder}/shard-0` });
        restoreTally(store);
        expect(store.journal.end).toBeGreaterThanOrEqual(writer.vouchedFor);
        await store.close();
      }
    },
    120_000,
  );
});

/**
 * LMDB writes what it has to say of a page that the disk did not take beyond the end of a buffer (`file-room.ts`), so it may end the
 * process: nothing that was vouched for may be lost by that.
 */
function noLoss(error: Error): void {
  if (!/ended with (SIGABRT|SIGSEGV)/.test(error.message)) throw error;
}
