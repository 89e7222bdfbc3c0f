import { buildSync } from 'esbuild';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SUPPORT = fileURLToPath(new URL('.', import.meta.url));
/** Beneath node_modules, so that the bundle finds its dependencies and no tool looks at it. */
const OUT = fileURLToPath(new URL('../../../node_modules/.afterclick-test/', import.meta.url));

/** Bundles `test/support/NAME.ts` to JavaScript that plain Node runs, as a process or as a worker; returns its path. */
export function buildChild(name: string): string {
  mkdirSync(OUT, { recursive: true });
  const outfile = `${OUT}${name}-${process.pid}.mjs`;
  buildSync({
    entryPoints: [`${SUPPORT}${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  return outfile;
}
