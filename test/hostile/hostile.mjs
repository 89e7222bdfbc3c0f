// `npm run test:hostile -- [flags]`: builds the project and this suite into a folder of the run, and runs it there.
// A build made before (AFTERCLICK_BUILT) is used and kept. `--help` names the flags; README.md says what is done and why.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildForTests } from '../../build.mjs';

const root = resolve(import.meta.dirname, '../..');
const given = process.env.AFTERCLICK_BUILT;
const name = given ?? `dist-hostile-${process.pid}`;
const temporary = mkdtempSync(join(tmpdir(), 'afterclick-hostile-'));

process.once('exit', () => {
  rmSync(temporary, { recursive: true, force: true });
  if (given === undefined) rmSync(join(root, name), { recursive: true, force: true });
});

/** Every file by itself, at its own address: so the suite imports the SDK and the protocol as they were built. */
async function compileSuite(folder) {
  const sources = readdirSync(join(root, 'test'), { recursive: true })
    .filter((file) => /^(hostile|support)\/.*(?<!\.test)\.ts$/.test(file))
    .map((file) => join(root, 'test', file));
  await build({
    entryPoints: sources,
    outdir: join(folder, 'test'),
    outbase: join(root, 'test'),
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

if (given === undefined) await buildForTests(name);
await compileSuite(join(root, name));
const suite = spawn(
  process.execPath,
  ['--enable-source-maps', join(root, name, 'test/hostile/hostile.js'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    // `.`: to the compiled suite, the build is the folder it lies in.
    env: { ...process.env, AFTERCLICK_BUILT: '.', TMPDIR: temporary },
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => suite.kill(signal));
process.exitCode = await new Promise((ended) => suite.once('exit', (code) => ended(code ?? 1)));
