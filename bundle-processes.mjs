// The programs that a start of the gateway loads, each as one file: with the packages that are JavaScript alone they are more than a
// thousand, and finding, reading and linking them took a third of a start. What a program imports when it needs it, such as the floor
// `cluster`, stays apart from what it starts with. What was compiled stays beside, for all other programs.
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

/** Built files that processes and threads of a gateway begin with. */
const ENTRIES = [
  'gateway/main.js',
  'shards/worker/worker.js',
  'shards/store/inspection/inspection-child.js',
  'model/bundle/bundle-worker.js',
];
/** Packages that find files of their own beside their code, or that few gateways load. */
const APART = [
  '@huggingface/tokenizers',
  '@nats-io/*',
  '@opentelemetry/exporter-trace-otlp-http',
  'lmdb',
  'msgpackr',
  'onnxruntime-*',
  'pino-pretty',
  'vader-sentiment',
];
/** What packages in CommonJS expect to be there. */
const BANNER =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/** Where what was compiled of a source is in the built tree `folder`; `file` is the built file that it is to be. */
export function compiledPath(folder, file) {
  return join(folder, ENTRIES.includes(file) ? file.replace(/\.js$/, '.compiled.js') : file);
}

/** Bundles the programs of the built tree `folder`. To be called again when what was compiled has changed (`compiledPath`). */
export async function bundleProcesses(folder) {
  await Promise.all(ENTRIES.map((entry) => bundle(folder, entry)));
}

async function bundle(folder, entry) {
  const outfile = join(folder, entry);
  const compiled = compiledPath(folder, entry);
  if (!existsSync(compiled)) renameSync(outfile, compiled);
  await build({
    entryPoints: { [basename(entry, '.js')]: compiled },
    outdir: dirname(outfile),
    chunkNames: '[name].part-[hash]',
    splitting: true,
    bundle: true,
    external: APART,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: BANNER },
    logLevel: 'warning',
    plugins: [{ name: 'places', setup: (plugins) => keepPlaces(plugins, folder, dirname(outfile)) }],
  });
}

/** Files that a module finds beside itself are where they were. */
function keepPlaces(plugins, folder, from) {
  plugins.onLoad({ filter: /\.js$/ }, ({ path }) => {
    if (relative(folder, path).startsWith('..')) return undefined;
    const place = JSON.stringify(`./${relative(from, path)}`);
    const code = readFileSync(path, 'utf8');
    return { contents: code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) };
  });
}
