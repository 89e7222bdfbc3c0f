// Builds the project and a suite of its own processes (test/NAME/) into one folder, and runs the suite there.
// A build made before (AFTERCLICK_BUILT) is used: as it is, or copied when the suite changes it.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildForTests } from '../../build.mjs';

const root = resolve(import.meta.dirname, '../..');

/**
 * Ends the process with the suite's exit code.
 *
 * @param name of the suite; `test/NAME/NAME.ts` is what runs
 * @param parts folders of other suites that it imports from, below `test/`
 * @param change changes the built tree before the suite runs; it gets the folder and the project's root
 * @param wrap what the suite is to be run by: it gets the command and a new folder, and returns another command
 */
export async function runSuite(name, { parts = [], change, wrap = (command) => command } = {}) {
  const given = process.env.AFTERCLICK_BUILT;
  const isOwn = given === undefined || change !== undefined;
  const folder = isOwn ? join(root, `dist-${name}-${process.pid}`) : join(root, given);
  const temporary = mkdtempSync(join(tmpdir(), `afterclick-${name}-`));
  process.once('exit', () => {
    rmSync(temporary, { recursive: true, force: true });
    if (isOwn) rmSync(folder, { recursive: true, force: true });
  });
  if (given === undefined) await buildForTests(`dist-${name}-${process.pid}`);
  else if (isOwn) cpSync(join(root, given), folder, { recursive: true });
  await compileSuite([name, 'support', ...parts], folder);
  await change?.(folder, root);
  const entry = join(folder, `test/${name}/${name}.js`);
  const [tool, ...args] = wrap([process.execPath, '--enable-source-maps', entry], temporary);
  const suite = spawn(tool, [...args, ...process.argv.slice(2)], {
    stdio: 'inherit',
    // `.`: to the compiled suite, the build is the folder it lies in.
    env: { ...process.env, AFTERCLICK_BUILT: '.', TMPDIR: temporary },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => suite.kill(signal));
  process.exitCode = await new Promise((ended) => suite.once('exit', (code) => ended(code ?? 1)));
}

/** Every file by itself, at its own address: so the suite imports the SDK and the protocol as they were built. */
async function compileSuite(parts, folder) {
  const isPart = new RegExp(`^(${parts.join('|')})/.*(?<!\\.test)\\.ts$`);
  const sources = readdirSync(join(root, 'test'), { recursive: true })
    .filter((file) => isPart.test(file))
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
