/**
 * How far apart the two signals of one wish may come. Ctrl-C in a terminal, and whoever signals a whole group of processes,
 * reach both npm and the gateway, and npm hands on what it gets.
 */
export const NPM_TWIN_MS = 250;

/** True when npm (or one of its kin) runs the gateway as a script. */
export function isRunByNpm(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['npm_lifecycle_script']?.includes('gateway/main') === true;
}
