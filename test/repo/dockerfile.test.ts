import { expect, test } from 'vitest';
import { textOf } from '../support/markdown.js';

test('what the Dockerfile copies is in the build context', () => {
  const copies = [...textOf('Dockerfile').matchAll(/^COPY (?!--from)(.+)$/gm)];
  const sources = copies.flatMap(([, words]) => words.split(' ').slice(0, -1));
  expect(sources.length).toBeGreaterThan(10);
  const kept = new Set([...textOf('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name));
  expect(sources.map((source) => source.replace(/^\.\//, '')).filter((name) => !kept.has(name))).toEqual([]);
});
