// `node run.mjs ENTRY [arguments]`: builds what is stale, then runs dist/ENTRY.js in this process.
import { buildIfStale } from './build.mjs';

const [entry] = process.argv.splice(2, 1);
await buildIfStale();
const url = new URL(`./dist/${entry}.js`, import.meta.url);
process.argv[1] = url.pathname;
await import(url.href);
