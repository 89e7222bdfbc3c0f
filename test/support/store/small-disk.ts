import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fillDisk, freeDisk } from './fill-disk.js';

/** A Node program whose data is on a disk of its own, in memory, that can be filled and freed from here. */
export class SmallDisk {
  /** Lines of the program's stdout. */
  readonly lines: string[] = [];
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves with exit code and signal. */
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  readonly stderr: Promise<string>;
  /** The disk as this process sees it. */
  readonly folder: string;
  #heard: (() => void)[] = [];

  /**
   * Starts `node …args` with a new disk of `mebibytes` mounted at `folder`, which no other process sees under that path. It needs
   * a Linux that lets users make name spaces (`unshare -rm`).
   */
  constructor(
    folder: string,
    mebibytes: number,
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ) {
    const script = 'mount -t tmpfs -o size="$0"m tmpfs "$1" && shift && exec "$@"';
    const command = ['-rm', 'sh', '-c', script, `${mebibytes}`, folder, process.execPath, ...args];
    this.process = spawn('unshare', command, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.ended = once(this.process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.stderr = text(this.process.stderr);
    this.folder = `/proc/${this.process.pid}/root${folder}`;
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.lines.push(line);
      for (const call of this.#heard.splice(0)) call();
    });
    void this.ended.then(() => {
      for (const call of this.#heard.splice(0)) call();
    });
  }

  /** Resolves with the first line from number `from` on that fits. Rejects when the program ends before. */
  async line(fits: (line: string) => boolean, from = 0): Promise<string> {
    for (let at = from; ; at++) {
      while (at >= this.lines.length) {
        if (this.process.exitCode !== null || this.process.signalCode !== null)
          throw new Error(`the program ended: ${this.lines.slice(-5).join('\n')}\n${await this.stderr}`);
        await new Promise<void>((resolve) => this.#heard.push(resolve));
      }
      if (fits(this.lines[at])) return this.lines[at];
    }
  }

  /** Leaves no byte free. */
  fill(): void {
    fillDisk(this.folder);
  }

  free(): void {
    freeDisk(this.folder);
  }
}
