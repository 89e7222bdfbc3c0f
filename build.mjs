// Builds everything that runs: TypeScript to dist/, the browser console and SDK to dist/gateway/console.
// `node build.mjs FOLDER` builds into another folder beside dist/, and leaves types to `npm run types`.
// `buildIfStale()` is what `run.mjs` calls, so that `npm start` on a fresh clone needs no separate build step.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  statSync,
  writeFileSync,
  cpSync,
  rmSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
} from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const folders = ['gateway', 'shards', 'model', 'metrics', 'loadtest'];
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

/** Bundles the demo shop into `folder`, a built tree. */
async function bundleConsole(folder) {
  const source = join(root, 'gateway', 'console');
  if (!existsSync(join(source, 'start-shop.ts'))) return;
  const out = join(folder, 'gateway', 'console');
  mkdirSync(out, { recursive: true });
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(source, 'start-shop.ts')],
    outfile: join(out, 'main.js'),
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

/** Runs a compiler of `node_modules`; what it prints goes to stderr. Throws when it fails. */
function compile(tool, ...options) {
  execFileSync(process.execPath, [join(root, 'node_modules', tool), ...options], { stdio: ['ignore', 2, 2] });
}

/** The kernel of candidates: AssemblyScript to WebAssembly; its memory is given to it, shared and of any size. */
function compileKernel(folder) {
  const source = join(root, 'model', 'kernel', 'assembly', 'index.ts');
  const out = join(folder, 'model', 'kernel', 'kernel.wasm');
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
  compile('assemblyscript/bin/asc.js', source, '--outFile', out, ...code, ...memory);
}

/** Builds everything into `folder`, which is new; with `options` for the compiler. */
async function buildInto(folder, ...options) {
  compile('typescript/bin/tsc', '-p', join(root, 'tsconfig.json'), '--outDir', folder, ...options);
  compileKernel(folder);
  await bundleConsole(folder);
  writeFileSync(join(folder, '.built'), '');
}

/** Builds dist/. What was there serves until the new one is whole: a gateway may be running from it. */
async function build() {
  const fresh = mkdtempSync(join(root, 'dist-'));
  const old = mkdtempSync(join(root, 'dist-'));
  try {
    await buildInto(fresh);
    if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), join(old, 'dist'));
    renameSync(fresh, join(root, 'dist'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** Builds for tests: a folder of their own, beside dist/ so that packages and data are found, without a look at types. */
export async function buildForTests(name) {
  const folder = join(root, name);
  rmSync(folder, { recursive: true, force: true });
  await buildInto(folder, '--noCheck', '--declaration', 'false');
  return folder;
}

export async function buildIfStale() {
  const canBuild = existsSync(join(root, 'node_modules', 'typescript'));
  if (existsSync(stamp) && (!canBuild || statSync(stamp).mtimeMs >= newestSourceMs())) return;
  process.stderr.write('building Afterclick …\n');
  await build();
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await (process.argv[2] === undefined ? build() : buildForTests(process.argv[2]));
