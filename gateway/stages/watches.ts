import { resolve } from 'node:path';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { NO_BUNDLE } from '../../model/bundle/model-options.js';
import type { Access } from '../access/access.js';
import { isLoopback } from '../access/loopback.js';
import { BundleWatch } from '../models/bundle-watch.js';
import type { Models } from '../models/models.js';
import type { Config } from '../start/config.js';

const OPEN_DOOR_WARNING_MS = 60_000;

/** What a timer does now and then, as a service: the timer stops as soon as the gateway drains. */
export function watching(end: () => void): Service {
  return { drain: end, stop: end };
}

/** Says every minute that whoever reaches the port may do everything. Returns the end of it. */
export function warnOfOpenDoor({ host }: Config, access: Access, log: Log): () => void {
  if (!access.isOpen || isLoopback(host)) return () => undefined;
  const warn = (): void =>
    log.warn({ host }, 'open to the network without keys (insecureOpen): set AFTERCLICK_TOKEN_SECRET');
  warn();
  const timer = setInterval(warn, OPEN_DOOR_WARNING_MS);
  return () => clearInterval(timer);
}

/** Watches the folder of the `bundle` option where that is asked for. Returns the end of it. */
export function watchBundle(config: Config, models: Models, log: Log): () => void {
  if (config.watchBundle === 'off' || config.bundle === NO_BUNDLE) return () => undefined;
  const watch = new BundleWatch(resolve(config.bundle), models, log);
  return () => watch.stop();
}
