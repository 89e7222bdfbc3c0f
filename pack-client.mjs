// `npm run pack:client`: writes dist/packages/afterclick-client-VERSION.tgz, the SDK as the package `@afterclick/client`.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { endWithReason } from './build.mjs';

const ROOT = import.meta.dirname;
const PUBLIC = { '.': 'index', './react': 'react/index', './element': 'element/index' };

/** Compiles the SDK with its types. Of the rest of the project the protocol alone comes along. */
function compile(out) {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(ROOT, 'gateway', 'client', 'tsconfig.json');
  execFileSync(process.execPath, [tsc, '-p', project, '--outDir', out], { stdio: ['ignore', 2, 2] });
}

/** Files that a compiled file needs, itself among them. */
function closure(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const types = file.replace(/\.js$/, '.d.ts');
  for (const text of [readFileSync(file, 'utf8'), readFileSync(types, 'utf8')])
    for (const [, name] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g))
      closure(resolve(dirname(file), name), found);
  return found;
}

function manifest(version) {
  const places = Object.entries(PUBLIC).map(([name, file]) => [
    name,
    { types: `./client/${file}.d.ts`, default: `./client/${file}.js` },
  ]);
  return {
    name: '@afterclick/client',
    version,
    description: 'Clicks out, fresh lists of recommendations in: the SDK of the Afterclick gateway.',
    license: 'Apache-2.0',
    type: 'module',
    exports: Object.fromEntries(places),
    sideEffects: ['./client/element/index.js'],
    peerDependencies: { react: '>=18' },
    peerDependenciesMeta: { react: { optional: true } },
  };
}

/** Writes the package into `folder`. @returns the path of the file. */
export function packClient(folder) {
  const work = mkdtempSync(join(tmpdir(), 'afterclick-client-'));
  try {
    const [built, out] = [join(work, 'built'), join(work, 'package')];
    compile(built);
    const files = new Set();
    for (const file of Object.values(PUBLIC)) closure(join(built, 'gateway', 'client', `${file}.js`), files);
    for (const file of files)
      for (const one of [file, file.replace(/\.js$/, '.d.ts')])
        cpSync(one, join(out, relative(join(built, 'gateway'), one)));
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest(version), null, 2)}\n`);
    cpSync(join(ROOT, 'docs', 'SDK.md'), join(out, 'README.md'));
    cpSync(join(ROOT, 'LICENSE'), join(out, 'LICENSE'));
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: out,
      stdio: ['ignore', 2, 2],
    });
    return join(folder, `afterclick-client-${version}.tgz`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename)
  try {
    process.stdout.write(
      `${packClient(resolve(ROOT, process.argv[2] === '--to' ? process.argv[3] : 'dist/packages'))}\n`,
    );
  } catch (error) {
    endWithReason(error);
  }
