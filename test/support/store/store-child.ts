import { build, buildSync, type BuildOptions, type Plugin } from 'esbuild';
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../built.js';

const SUPPORT = fileURLToPath(new URL('.', import.meta.url));
/** Beneath node_modules, so that the bundle finds its dependencies and no tool looks at it. */
const OUT = fileURLToPath(new URL('../../../node_modules/.afterclick-test/', import.meta.url));

/** Bundles `test/support/NAME.ts` to JavaScript that plain Node runs, as a process or as a worker; returns its path. */
export function buildChild(name: string): string {
  const options = childOptions(name);
  buildSync(options);
  return options.outfile;
}

/** As `buildChild`, for a program that may make shards; it kills itself at the fault point that `FAULT_POINT` names. */
export async function buildArmedChild(name: string): Promise<string> {
  const options = childOptions(name);
  await build({ ...options, plugins: [ARMED] });
  copyFileSync(builtFile('model/kernel/kernel.wasm'), `${OUT}kernel.wasm`);
  return options.outfile;
}

const ARMED: Plugin = {
  name: 'armed fault points',
  setup: (building) => {
    building.onLoad({ filter: /metrics\/process\/fault-point\.ts$/ }, () => ({
      contents: `export function faultPoint(name) {
        if (name === process.env.FAULT_POINT) process.kill(process.pid, 'SIGKILL');
      }`,
    }));
  },
};

function childOptions(name: string): BuildOptions & { readonly outfile: string } {
  mkdirSync(OUT, { recursive: true });
  return {
    entryPoints: [`${SUPPORT}${name}.ts`],
    outfile: `${OUT}${name}-${process.pid}.mjs`,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  };
}
