// Builds everything that runs: TypeScript to dist/, the browser console and SDK to dist/gateway/console.
// `buildIfStale()` is what `run.mjs` calls, so that `npm start` on a fresh clone needs no separate build step.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync, cpSync, rmSync, mkdirSync } from 'node:fs';
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

async function bundleConsole() {
  const source = join(root, 'gateway', 'console');
  if (!existsSync(join(source, 'start-shop.ts'))) return;
  const out = join(root, 'dist', 'gateway', 'console');
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
function compileKernel() {
  const source = join(root, 'model', 'kernel', 'assembly', 'index.ts');
  const out = join(root, 'dist', 'model', 'kernel', 'kernel.wasm');
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

export async function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  compile('typescript/bin/tsc', '-p', join(root, 'tsconfig.json'));
  compileKernel();
  await bundleConsole();
  writeFileSync(stamp, '');
}

export async function buildIfStale() {
  const canBuild = existsSync(join(root, 'node_modules', 'typescript'));
  if (existsSync(stamp) && (!canBuild || statSync(stamp).mtimeMs >= newestSourceMs())) return;
  process.stderr.write('building Afterclick …\n');
  await build();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
