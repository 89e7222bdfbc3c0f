import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { builtFile } from '../support/built.js';

test('a run of the tests writes into folders of its own, which go with it', () => {
  expect(basename(tmpdir())).toMatch(/^afterclick-tests-/);
  expect(builtFile('gateway/main.js')).not.toMatch(/\/dist\/gateway/);
});
