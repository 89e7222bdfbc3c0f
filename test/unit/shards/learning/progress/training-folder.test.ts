import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TrainingPosition } from '../../../../../model/train/optimiser/training-hooks.js';
import { TrainingFolder } from '../../../../../shards/learning/progress/training-folder.js';
import { temporaryFolder } from '../../../../support/gateway/built-gateway.js';

const PRINT = { data: 'abc', seed: 1, learns: true };
const RANDOM = { words: [1, 2, 3, 4_000_000_000], spare: 0.1 + 0.2 };
const POSITION: TrainingPosition = {
  epoch: 1,
  step: 2,
  done: 12,
  steps: 30,
  loss: 5.123456789012345,
  epochRandom: { ...RANDOM, spare: null },
  random: RANDOM,
};
const tensors = () => ({ a: Float32Array.of(1, 2, 3), b: Float32Array.of(0.1) });

let path: string;
beforeEach(() => (path = join(temporaryFolder(), 'OUT.training')));

const open = (print: typeof PRINT = PRINT, isFresh = false) => TrainingFolder.open(path, print, isFresh);

describe('an interrupted training', () => {
  it('is found where it was saved, to the last bit', async () => {
    const first = await open();
    first.log.stage('one').loss.push([12, 5.1, 0.01]);
    await first.save('one', POSITION, tensors());
    const second = await open();
    expect(second.resumesAt).toBe('one, step 12');
    expect(second.log.stages).toEqual(first.log.stages);
    const live = { a: new Float32Array(3), b: new Float32Array(1) };
    expect(await second.restore('another', live)).toBeUndefined();
    expect(await second.restore('one', live)).toEqual(POSITION);
    expect(live).toEqual(tensors());
  });

  it('keeps what finished stages gave, typed arrays included, and forgets the running file', async () => {
    const first = await open();
    await first.save('one', POSITION, tensors());
    await first.finish('one', { shape: { width: 2 }, vectors: Float32Array.of(1, 2) });
    expect(readdirSync(path).toSorted()).toEqual(['one.result', 'training.json']);
    const second = await open();
    expect(second.resumesAt).toBe('after one');
    expect(await second.result('one')).toEqual({
      value: { shape: { width: 2 }, vectors: Float32Array.of(1, 2) },
    });
    expect(await second.result('two')).toBeUndefined();
    await second.remove();
    expect(existsSync(path)).toBe(false);
  });

  it('goes on after the stage when it was killed before the running file was gone', async () => {
    const first = await open();
    await first.finish('one', 7);
    await first.save('one', POSITION, tensors());
    expect((await open()).resumesAt).toBe('after one');
  });

  it('is left alone while the next state is being written', async () => {
    const first = await open();
    await first.save('one', POSITION, tensors());
    writeFileSync(join(path, 'running.safetensors.partial'), 'half');
    expect((await open()).resumesAt).toBe('one, step 12');
  });

  it('of other data or options is thrown away, and says what differs', async () => {
    await (await open()).finish('one', 7);
    const other = await open({ ...PRINT, data: 'other', seed: 2 });
    expect(other.discarded).toBe('data, seed');
    expect(other.resumesAt).toBeUndefined();
    expect(readdirSync(path)).toEqual(['training.json']);
    const fresh = await open({ ...PRINT, data: 'other', seed: 2 }, true);
    expect(fresh.discarded).toBeUndefined();
  });

  it('is not gone on with when asked to start anew', async () => {
    await (await open()).finish('one', 7);
    expect((await open(PRINT, true)).resumesAt).toBeUndefined();
  });

  it.each([
    ['cut short', (file: string) => truncateSync(file, 20)],
    ['no header', (file: string) => writeFileSync(file, '\uFFFF\uFFFF\uFFFF\uFFFF')],
  ])('that is %s is refused with what to do', async (_, spoil) => {
    await (await open()).save('one', POSITION, tensors());
    spoil(join(path, 'running.safetensors'));
    const error = await open().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'StartupError', code: 'training_unreadable' });
    expect((error as Error).message).toContain('start anew with --fresh');
    expect((await open(PRINT, true)).resumesAt).toBeUndefined();
  });

  it('whose arrays are cut short or of another size is refused', async () => {
    const first = await open();
    await first.save('one', POSITION, tensors());
    const other = { a: new Float32Array(2), b: new Float32Array(1) };
    await expect((await open()).restore('one', other)).rejects.toThrow('other arrays');
    const file = join(path, 'running.safetensors');
    truncateSync(file, readFileSync(file).length - 1);
    await expect((await open()).restore('one', tensors())).rejects.toThrow('cut short');
  });

  it('never takes a folder away that holds something else', async () => {
    mkdirSync(path);
    writeFileSync(join(path, 'letter.txt'), 'dear');
    await expect(open(PRINT, true)).rejects.toMatchObject({ code: 'training_unreadable' });
    expect(readFileSync(join(path, 'letter.txt'), 'utf8')).toBe('dear');
  });
});
