// Builds everything that runs: TypeScript to dist/, the browser console and SDK to dist/gateway/console.
// `node build.mjs FOLDER` builds into another folder beside dist/, and leaves types to `npm run types`.
// `buildIfStale()` is what `run.mjs` calls, so that `npm start` on a fresh clone needs no separate build step.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
  cpSync,
  rmSync,
  mkdirSync,
  renameSync,
} from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const folders = ['gateway', 'cluster', 'shards', 'model', 'metrics', 'loadtest'];
const stamp = join(root, 'dist', '.built');

function newestSourceMs() {
  let newest = statSync(join(root, 'tsconfig.json')).mtimeMs;
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !/\.(ts|html|css)$/.test(entry.name)) continue;
      newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
    }
  }
  return newest;
}

/** Bundles the demo shop and the market page into `folder`, a built tree. */
async function bundleConsole(folder) {
  const source = join(root, 'gateway', 'console');
  if (!existsSync(join(source, 'start-shop.ts'))) return;
  const out = join(folder, 'gateway', 'console');
  mkdirSync(out, { recursive: true });
  const { build } = await import('esbuild');
  await build({
    entryPoints: { main: join(source, 'start-shop.ts'), market: join(source, 'start-market.ts') },
    outdir: out,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  for (const file of readdirSync(source))
    if (/\.(html|css|svg)$/.test(file)) cpSync(join(source, file), join(out, file));
}

/** Runs a compiler of `node_modules`; what it prints goes to stderr. Rejects when it fails. */
async function compile(tool, ...options) {
  const compiler = spawn(process.execPath, [join(root, 'node_modules', tool), ...options], {
    stdio: ['ignore', 2, 2],
  });
  const [code, signal] = await once(compiler, 'exit');
  if (code !== 0) throw new Error(`${tool} ended with ${code ?? signal}: nothing is built`);
}

/** The kernel of candidates: AssemblyScript to WebAssembly; its memory is given to it, shared and of any size. */
async function compileKernel(folder) {
  const source = join(root, 'model', 'kernel', 'assembly', 'index.ts');
  const out = join(folder, 'model', 'kernel', 'kernel.wasm');
  mkdirSync(dirname(out), { recursive: true });
  const memory = ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];
  const code = [
    '--optimizeLevel',
    '3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd,threads',
    '--disableWarning',
    '112',
  ];
  await compile('assemblyscript/bin/asc.js', source, '--outFile', out, ...code, ...memory);
}

/** Takes the fault points (metrics/process/fault-point.ts) out of a built tree; lines stay in their places, for the source maps. */
function removeFaultPoints(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.name.startsWith('fault-point.')) rmSync(path);
    else if (entry.isFile() && entry.name.endsWith('.js')) removeCalls(path);
  }
}

function removeCalls(path) {
  const code = readFileSync(path, 'utf8');
  if (!code.includes('faultPoint')) return;
  const left = code.replace(/^import { faultPoint } from .*$|^\s*faultPoint\(.*\);$/gm, '');
  if (left.includes('faultPoint')) throw new Error(`${path}: a fault point has to be a line of its own`);
  writeFileSync(path, left);
}

async function compileTypeScript(folder, options) {
  await compile('typescript/bin/tsc', '-p', join(root, 'tsconfig.json'), '--outDir', folder, ...options);
  removeFaultPoints(folder);
  const { bundleProcesses } = await import('./bundle-processes.mjs');
  await bundleProcesses(folder);
}

/** Everything for browsers. */
async function bundlePages(folder) {
  await bundleConsole(folder);
  const { buildScripts } = await import('./build-sdk.mjs');
  await buildScripts(join(folder, 'gateway', 'sdk'));
}

/** Builds everything into `folder`, which is new; with `options` for the compiler. All parts side by side: a first start waits for them. */
async function buildInto(folder, ...options) {
  const parts = [compileTypeScript(folder, options), compileKernel(folder), bundlePages(folder)];
  // None writes any more when this ends.
  await Promise.allSettled(parts);
  await Promise.all(parts);
  writeFileSync(join(folder, '.built'), '');
}

/** Errors of a folder that this user may not write to. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);

/** A new folder beside `folder`. Not by `mkdtemp`, whose folders nobody but their owner enters: it may take the place of `folder`. */
function folderBeside(folder) {
  const beside = `${folder}-${randomUUID().slice(0, 8)}`;
  try {
    mkdirSync(beside);
  } catch (error) {
    if (!NOT_WRITABLE.has(error.code)) throw error;
    const [state, otherwise] = existsSync(folder)
      ? ['is older than the source', ', or start what is there: node dist/gateway/main.js']
      : ['is missing', ''];
    const code = `this user may not make folders in ${dirname(folder)} (${error.code})`;
    throw new Error(`${folder} ${state}, and ${code}. Let its owner run npm run build${otherwise}.`, {
      cause: error,
    });
  }
  return beside;
}

/**
 * Replaces `folder` by what `fill` puts into a new one. What was there serves until the new one is whole: a gateway may be
 * running from it. Whom the umask lets read may start what is built.
 */
export async function replaceFolder(folder, fill) {
  const fresh = folderBeside(folder);
  const old = folderBeside(folder);
  try {
    await fill(fresh);
    if (existsSync(folder)) renameSync(folder, join(old, 'old'));
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

function build(...options) {
  return replaceFolder(join(root, 'dist'), (folder) => buildInto(folder, ...options));
}

/** Builds for tests: a folder of their own, beside dist/ so that packages and data are found, without a look at types. */
export async function buildForTests(name) {
  const folder = join(root, name);
  rmSync(folder, { recursive: true, force: true });
  await buildInto(folder, '--noCheck', '--declaration', 'false');
  return folder;
}

/** For a start, which somebody waits for: types are looked at by `npm run build` and `npm run check`. */
export async function buildIfStale() {
  const canBuild = existsSync(join(root, 'node_modules', 'typescript'));
  if (existsSync(stamp) && (!canBuild || statSync(stamp).mtimeMs >= newestSourceMs())) return;
  if (!canBuild)
    throw new Error(
      'nothing is built yet, and the compiler is not installed: run npm ci and npm run build once, then npm ci --omit=dev',
    );
  process.stderr.write('building Afterclick …\n');
  await build('--noCheck', '--declaration', 'false');
}

/** Ends the process with code 2 and the reason alone, where that says all: a compiler has printed its own. */
export function endWithReason(error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await (process.argv[2] === undefined ? build() : buildForTests(process.argv[2])).catch(endWithReason);
