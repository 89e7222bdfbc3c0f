import { randomInt } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtFile } from '../built.js';

const ENTRY = builtFile('gateway/main.js');
/** What the start script and the image give to Node, and to the C library's allocator (docs/OPERATIONS.md); test/repo compares them. */
export const SHIPPED_FLAGS = ['--single-threaded-gc'];
export const SHIPPED_TUNABLES = 'glibc.malloc.mmap_threshold=1048576:glibc.malloc.trim_threshold=4194304';
/** What standard error is kept of, for the message when the gateway does not start. */
const STDERR_CHARS = 4_000;

export interface BuiltGatewayOptions {
  /** On top of the test's own environment. The port is 0 and the data folder a new one unless set here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** `gateway/main.js` of another build. */
  readonly entry?: string;
  /** What a shell does before it becomes the gateway, such as `ulimit -n 256`. */
  readonly shell?: string;
  /** Hears what it writes to standard error, from the first byte on. */
  readonly onLog?: (text: string) => void;
}

/** A gateway of the built project in a process of its own. */
export interface BuiltGateway {
  readonly url: string;
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** Ends it in order (SIGTERM); resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
}

const children = new Set<ChildProcess>();
const folders = new Set<string>();

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Starts the built gateway on loopback and waits for its ready line. Rejects with what it wrote when it ends before that. */
export async function startGateway({
  env = {},
  args = [],
  entry = ENTRY,
  shell = ':',
  onLog = () => undefined,
}: BuiltGatewayOptions = {}): Promise<BuiltGateway> {
  if (!existsSync(entry)) throw new Error(`${entry} is missing: node build.mjs`);
  const dataDir = env['AFTERCLICK_DATA_DIR'] ?? temporaryFolder();
  const command = [process.execPath, ...SHIPPED_FLAGS, entry, ...args];
  const child = spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command], {
    env: {
      ...process.env,
      GLIBC_TUNABLES: SHIPPED_TUNABLES,
      // Of the tests alone; the gateway reports names that it does not know.
      AFTERCLICK_BUILT: undefined,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: dataDir,
      // No load balancer is in front of it.
      AFTERCLICK_DRAIN_GRACE_MS: '0',
      ORT_DISABLE_TELEMETRY: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  child.stderr.on('data', (text: Buffer) => onLog(text.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  void ended.then(() => children.delete(child));
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    url: await readyUrl(child, ended),
    process: child,
    dataDir,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL').then(() => undefined),
  };
}

/** A new folder that is removed when the test process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-test-'));
  folders.add(folder);
  return folder;
}

/** Ports that the kernel gives to nobody by itself: whoever asks for any port, or connects, has one of 32,768 and more. */
const PORT_MIN = 16_000;
const PORT_MAX = 32_000;

/**
 * A port that is free now and stays so, for a gateway that is started on it later, or again: the connections that a killed process leaves
 * in TIME_WAIT keep a port which the kernel chose at `listen` (uSockets sets SO_REUSEADDR on a named port only).
 */
export function freePort(): Promise<number> {
  const port = randomInt(PORT_MIN, PORT_MAX);
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(freePort()));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}

function readyUrl(child: ChildProcess, ended: Promise<number | null>): Promise<string> {
  let stderr = '';
  child.stderr!.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_CHARS)));
  return new Promise((resolve, reject) => {
    // The lines go on being read after the ready line, or a full pipe would stop the gateway.
    createInterface(child.stdout!).on('line', (line) => {
      if (line.includes('"event":"ready"')) resolve((JSON.parse(line) as { url: string }).url);
    });
    void ended.then((code) =>
      reject(new Error(`The gateway ended with ${code} before it was ready:\n${stderr}`)),
    );
  });
}
