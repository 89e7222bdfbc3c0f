import { join } from 'node:path';
import { builtFile } from '../built.js';
import { ROOT, textOf } from '../markdown.js';
import type { Mount } from './hand-container.js';

/** What the image of the Dockerfile gives a container. */
export interface ImageContents {
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly command: readonly string[];
  /** What it copies from its build, from this project. */
  readonly files: readonly Mount[];
}

/** Reads the last stage of the Dockerfile. */
export function imageContents(): ImageContents {
  const lines = textOf('Dockerfile')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const said = (word: string): string[] =>
    stage.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const [workdir] = said('WORKDIR');
  const copied = said('COPY').flatMap((words) => words.split(' ').slice(1, -1));
  return {
    env: Object.fromEntries(said('ENV').flatMap(variables)),
    workdir,
    command: JSON.parse(said('CMD')[0]) as string[],
    files: copied.map((path) => ({ from: hereOf(path.replace(`${workdir}/`, '')), path, isReadOnly: true })),
  };
}

function variables(words: string): [string, string][] {
  return words.split(' ').map((word) => [word.split('=')[0], word.slice(word.indexOf('=') + 1)]);
}

/** The build of the tests is what the image has in `dist`. */
function hereOf(path: string): string {
  return path === 'dist' ? builtFile('') : join(ROOT, path);
}
