import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Number of the file that is standard error. */
const STDERR = 2;
/** What is kept of lines that the log does not take. A test reaches it. */
export const LOG_KEPT_BYTES = 256 * 1024;
/** Pause before what waits is tried again. */
const RETRY_MS = 100;

/** Takes what it can of the bytes at once, and says how many that were: 0 when it takes none now. Throws what `fs.writeSync` throws. */
export type LogWriter = (bytes: Uint8Array) => number;

/**
 * Where the lines of a log go. Nobody ever waits for it: a line that cannot be written now (nobody reads the pipe, the terminal is
 * stopped, the disk is full) waits with those before it, up to `keptBytes` of them; what comes then is lost and counted, and the first
 * line after the gap says how many there were.
 */
export class LogSink implements DestinationStream {
  readonly #write: LogWriter;
  readonly #lost: (lines: number) => void;
  readonly #keptBytes: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #lostLines = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param lost told of each line that is lost. */
  constructor(write: LogWriter, lost: (lines: number) => void = () => undefined, keptBytes = LOG_KEPT_BYTES) {
    this.#write = write;
    this.#lost = lost;
    this.#keptBytes = keptBytes;
  }

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** @param line with its line feed. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > this.#keptBytes) return this.#lose();
    this.#keep(bytes);
    // Whoever waits has been tried a moment ago.
    if (this.#timer === undefined) this.flush();
  }

  /** Writes what can be written now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) {
      const bytes = this.#waiting[0];
      const taken = this.#tryWrite(bytes);
      this.#waitingBytes -= taken;
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken);
        this.#tryLater();
        return;
      }
      this.#waiting.shift();
    }
    if (this.#lostLines > 0) this.#tellLost();
  }

  #keep(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #lose(): void {
    this.#lostLines++;
    this.#lost(1);
  }

  /** A line about those that were lost, where they would have stood. */
  #tellLost(): void {
    const lines = this.#lostLines;
    this.#lostLines = 0;
    const note = { level: 'warn', time: new Date().toISOString(), lines, msg: 'lines of this log are lost' };
    this.#keep(Buffer.from(`${JSON.stringify(note)}\n`));
    this.flush();
  }

  #tryWrite(bytes: Uint8Array): number {
    try {
      return this.#write(bytes);
    } catch {
      return 0;
    }
  }

  #tryLater(): void {
    this.#timer = setTimeout(() => this.flush(), RETRY_MS);
    this.#timer.unref();
  }
}

/**
 * Writes to standard error without ever waiting for it: a pipe or terminal is opened once more for that, so that whoever else has it is
 * not concerned; what cannot be opened (a socket) is written to by Node, which does not wait for sockets either. A file never makes
 * anybody wait, and is written to as it is: opened once more it would have a place of its own, and standard output in the same file
 * (`> FILE 2>&1`) would write over these lines.
 */
export function errorWriter(file = STDERR): LogWriter {
  const { O_APPEND, O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;
  try {
    if (fstatSync(file).isFile()) return (bytes) => writeSync(file, bytes);
    const own = openSync(`/proc/self/fd/${file}`, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK);
    return (bytes) => writeSync(own, bytes);
  } catch {
    return writeToStream;
  }
}

function writeToStream(bytes: Uint8Array): number {
  const { stderr } = process;
  if (stderr.writableLength > 0) return 0;
  stderr.write(bytes);
  return bytes.length;
}
