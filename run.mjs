// `node run.mjs ENTRY [arguments]`: builds what is stale, then runs dist/ENTRY.js in this process.
import { buildIfStale, endWithReason } from './build.mjs';

const LOOK_EVERY_MS = 250;

const [entry] = process.argv.splice(2, 1);
if (process.env.npm_lifecycle_event !== undefined) endWithNpm();
await buildIfStale().catch(endWithReason);
const url = new URL(`./dist/${entry}.js`, import.meta.url);
process.argv[1] = url.pathname;
await import(url.href);

/** When npm is killed, or a shell between it and this process, nobody would ever end this process, which keeps port and data. */
function endWithNpm() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  timer.unref();
}
