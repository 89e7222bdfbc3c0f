// The SDK as a gateway serves it: `sdk.js` for a page's <script>, `sdk-list.js` with the element <afterclick-list>, and what
// `sdk.js` loads when it needs it, named by what is in it. `node pack-client.mjs` makes the package.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const CLIENT = join(import.meta.dirname, 'gateway', 'client');
/** What `sdk.js` loads with `import()`, by the file's name. */
const LATER = { 'locked-claim': 'sessions/locked-claim.ts', 'after-welcome': 'script/after-welcome.ts' };
/** Files that come later as well, though the code of a client uses them as if they were there, and what stands in for them. */
const STAND_INS = { requests: 'script/lazy-requests.ts', delivery: 'script/lazy-delivery.ts' };

/** Name that no minified name takes. */
const SCRIPT = '$src';

/** Builds one script; `later` has the addresses of what it loads. */
async function bundle(entry, later = {}) {
  const { outputFiles } = await build({
    entryPoints: [join(CLIENT, entry)],
    bundle: true,
    // As a module inside a function: a script that loads modules gets a stand-in for `require` from esbuild otherwise, 0.4 kB of it.
    format: 'esm',
    banner: { js: `"use strict";(()=>{let ${SCRIPT}=document.currentScript?.src;` },
    footer: { js: '})();' },
    target: 'es2022',
    minify: true,
    write: false,
    logLevel: 'warning',
    plugins: [{ name: 'later', setup: (plugins) => resolveLater(plugins, later) }],
  });
  return besideTheScript(outputFiles[0].text);
}

/**
 * What is loaded later lies beside the script. A browser does not look there by itself when the script is of another origin and its tag has
 * no `crossorigin`: to such a script no address is relative. `SCRIPT` is where it came from; a module has no such address, and needs none.
 */
function besideTheScript(code) {
  return code.replace(
    /import\("\.\/([^"]+)"\)/g,
    (_, name) => `import(${SCRIPT}?new URL("${name}",${SCRIPT}):"./${name}")`,
  );
}

function resolveLater(plugins, later) {
  plugins.onResolve({ filter: /\/[\w-]+\.js$/ }, ({ path, kind, importer }) => {
    const name = path.slice(path.lastIndexOf('/') + 1, -'.js'.length);
    if (kind === 'dynamic-import') return { path: `./${later[name]}`, external: true };
    if (importer.endsWith('afterclick-client.ts') && Object.hasOwn(STAND_INS, name))
      return { path: join(CLIENT, STAND_INS[name]) };
    return undefined;
  });
}

/** Writes the scripts into `folder`. */
export async function buildScripts(folder) {
  mkdirSync(folder, { recursive: true });
  const later = {};
  for (const [name, entry] of Object.entries(LATER)) {
    const code = await moduleOf(entry);
    later[name] = `sdk-${name}-${createHash('sha256').update(code).digest('hex').slice(0, 12)}.js`;
    writeFileSync(join(folder, later[name]), code);
  }
  writeFileSync(join(folder, 'sdk.js'), await bundle('script/afterclick-script.ts', later));
  for (const name of ['list', 'tags'])
    writeFileSync(join(folder, `sdk-${name}.js`), await bundle(`script/${name}-script.ts`));
}

/** A module that is loaded with `import()`. */
async function moduleOf(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(CLIENT, entry)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0].contents;
}
