// Puts into a built tree what the product does not carry: its fault points, and what mutants change.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { bundleProcesses, compiledPath } from '../../../bundle-processes.mjs';

const FLOORS = ['metrics', 'model', 'shards', 'cluster', 'gateway'];
const POINTS = 'metrics/process/fault-point.ts';
const ARMED = 'test/nemesis/armed/armed-fault-point.ts';

/**
 * Compiles every source that has a fault point, or that a mutant changes, over its built file.
 *
 * @param folder the built tree
 * @param root of the sources
 * @param changes of mutants, each `{ file, from, to }`; `from` has to be there once
 */
export async function armFaultPoints(folder, root, changes) {
  for (const { file } of changes)
    if (!sourcesIn(root).includes(file)) throw new Error(`a mutant changes ${file}, which is not there`);
  for (const file of sourcesIn(root)) {
    const source = readFileSync(join(root, file), 'utf8');
    const changed = mutated(file, source, changes);
    if (file !== POINTS && (changed !== source || source.includes('faultPoint(')))
      compile(folder, file, changed);
  }
  compile(folder, POINTS, readFileSync(join(root, ARMED), 'utf8'));
  await bundleProcesses(folder);
}

function sourcesIn(root) {
  return FLOORS.flatMap((floor) =>
    readdirSync(join(root, floor), { recursive: true })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${floor}/${file}`),
  );
}

/** Throws when a mutant does not fit the source any more: without its fault it proves nothing. */
function mutated(file, source, changes) {
  return changes
    .filter((change) => change.file === file)
    .reduce((text, { from, to }) => {
      if (text.split(from).length !== 2)
        throw new Error(`a mutant looks for this in ${file}, once; write it anew in mutants.mjs:\n${from}`);
      return text.replace(from, () => to);
    }, source);
}

function compile(folder, file, source) {
  const { code } = transformSync(source, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcefile: file,
  });
  writeFileSync(compiledPath(folder, file.replace(/\.ts$/, '.js')), code);
}
