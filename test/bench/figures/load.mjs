// Runs of the load generator on a core of its own.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_CORE, start } from './pinned.mjs';

/** Exit codes after which there is a result: also when a click had no list, or the client was the limit. */
const WITH_RESULT = new Set([0, 1, 3]);

/** The result of `npm run loadtest` with these flags (`{rate: 500}` is `--rate 500`), against `url`. `generator`: the build it is of, if not `dist`; `loadEnv`: its environment besides. Rejects when it says nothing. */
export async function load({ dist, generator = dist, work, core = CLIENT_CORE, loadEnv }, url, flags) {
  const folder = mkdtempSync(join(work, 'load-'));
  const json = join(folder, 'result.json');
  const given = Object.entries({ watch: 0, ...flags, url, json }).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  const child = start(core, [process.execPath, join(generator, 'loadtest/load.js'), ...given], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...loadEnv },
  });
  let words = '';
  child.stderr.on('data', (text) => (words += text));
  const [code] = await once(child, 'exit');
  if (!WITH_RESULT.has(code)) throw new Error(`the generator ended with ${code}: ${words}`);
  try {
    return JSON.parse(readFileSync(json, 'utf8')).result;
  } catch {
    throw new Error(`the generator had no result: ${words}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What a rate search found: the rate and its p99; throws where none held, and notes where the client was the limit. `isQuick`: the last
 * step will do, for it is only asked whether all works.
 */
export function kneeOf(knee, isQuick = false) {
  const { end, steps } = knee;
  const best = knee.best ?? (isQuick ? steps.at(-1) : undefined);
  if (best === undefined) {
    const last = steps.at(-1);
    if (last?.limit?.kind === 'client')
      throw new Error(
        `no figure of the server: the generator was late at ${last.ratePerSec}/s at each try; measure on a machine with less to do (${last.limit.why})`,
      );
    const why = last?.limit?.why ?? `p99 ${last?.p99} ms, ${last?.failures} failed`;
    throw new Error(`no rate held; of the last step, ${last?.ratePerSec}/s: ${why}`);
  }
  return {
    ratePerSec: best.ratePerSec,
    p50: best.p50,
    p99: best.p99,
    ackP99: best.ackP99,
    isLowerBound: end === 'client',
  };
}
