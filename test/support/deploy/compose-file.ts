import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Machine } from '../cluster/machine.js';
import { ROOT, textOf } from '../markdown.js';
import { HandContainer, type Mount } from './hand-container.js';
import { imageContents } from './image-contents.js';

/** What of a service of a Compose file is looked at. */
export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
}

/** User of the image `afterclick`. */
export const IMAGE_USER = 1_000;

/** Services by name, with what they share in them. */
export function composeServices(file: string): Readonly<Record<string, ComposeService>> {
  return (parse(textOf(file), { merge: true }) as { services: Record<string, ComposeService> }).services;
}

/** Where containers of a Compose file are. */
export interface ComposePlace {
  /** Has a folder for each volume. */
  readonly folder: string;
  readonly hosts: Readonly<Record<string, string>>;
}

/** The container of a service, in the network of a machine. */
export function composeContainer(
  name: string,
  { image, environment, volumes }: ComposeService,
  machine: Machine,
  { folder, hosts }: ComposePlace,
): HandContainer {
  const isOurs = image === 'afterclick';
  const scratch = join(folder, `container-${name}`);
  mkdirSync(scratch, { recursive: true });
  const contents = isOurs ? imageContents() : { env: {}, files: [], workdir: '/' };
  const user = isOurs ? IMAGE_USER : 0;
  return new HandContainer({
    machine,
    scratch,
    hosts,
    user,
    env: { ...contents.env, ...environment },
    workdir: contents.workdir,
    mounts: [...contents.files, ...volumes.map((volume) => mountOf(volume, folder, user))],
  });
}

/** What a container of the service runs: that of its image, or what the file says. NATS's image puts its program before flags. */
export function composeCommand({ image, command }: ComposeService): readonly string[] {
  if (image === 'afterclick') return command ?? imageContents().command;
  return [natsServer(), ...(command ?? [])];
}

function natsServer(): string {
  const script = join(ROOT, 'test/support/cluster/build-nats-server.sh');
  return execFileSync(script, { encoding: 'utf8' }).trim();
}

function mountOf(volume: string, folder: string, user: number): Mount {
  const [source, path, mode] = volume.split(':');
  const isReadOnly = mode === 'ro';
  if (source.startsWith('./')) return { from: join(ROOT, source), path, isReadOnly };
  return { from: volumeFolder(join(folder, source), user), path, isReadOnly };
}

/** A volume, which has the owner of the folder of the image that it is first mounted over. */
export function volumeFolder(folder: string, user: number): string {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  chownSync(folder, user, user);
  return folder;
}
