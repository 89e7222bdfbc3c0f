import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Without these Chromium looks up its maker's hosts at every start, which a closed network refuses one by one. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Debian's Chromium, headless, with a fresh profile. Rejects with what to install when it is not there. */
export async function launchChromium(...more: string[]): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(`${EXECUTABLE} is missing: apt-get update && apt-get install -y chromium`);
  }
  return chromium.launch({ executablePath: EXECUTABLE, args: [...QUIET, ...more] });
}
