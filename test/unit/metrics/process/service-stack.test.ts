import { describe, expect, it } from 'vitest';
import { type Service, ServiceStack } from '../../../../metrics/process/service-stack.js';

/** A service that writes down what is asked of it; its `stop` takes a turn of the event loop. */
function recorded(name: string, told: string[], failure?: Error): Service {
  return {
    drain: () => void told.push(`drain ${name}`),
    stop: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      told.push(`stop ${name}`);
      if (failure !== undefined) throw failure;
    },
  };
}

describe('ServiceStack', () => {
  it('drains and stops in the reverse order of the start', async () => {
    const told: string[] = [];
    const stack = await ServiceStack.start(async (stack) => {
      for (const name of ['store', 'shards', 'sockets']) stack.push(recorded(name, told));
      return stack;
    });
    stack.drain();
    await stack.stop();
    expect(told).toEqual([
      'drain sockets',
      'drain shards',
      'drain store',
      'stop sockets',
      'stop shards',
      'stop store',
    ]);
  });

  it('stops a service after another that started before it when asked to', async () => {
    const told: string[] = [];
    const stack = new ServiceStack();
    stack.push(recorded('store', told));
    const shards = stack.push(recorded('shards', told));
    stack.push(recorded('sockets', told), shards);
    stack.push(recorded('timer', told));
    await stack.stop();
    expect(told).toEqual(['stop timer', 'stop shards', 'stop sockets', 'stop store']);
  });

  it('closes what had started, last first, when a later start fails, and rejects with the error of that start', async () => {
    const told: string[] = [];
    const started = ServiceStack.start(async (stack) => {
      stack.push(recorded('store', told));
      stack.push(recorded('shards', told));
      await Promise.reject(new Error('the port is in use'));
    });
    await expect(started).rejects.toThrow('the port is in use');
    expect(told).toEqual(['stop shards', 'stop store']);
  });

  it('closes the others also when one cannot be stopped', async () => {
    const told: string[] = [];
    const start = (last: () => Promise<void>) =>
      ServiceStack.start(async (stack) => {
        stack.push(recorded('store', told));
        stack.push(recorded('shards', told, new Error('a shard hangs')));
        await last();
        return stack;
      });
    await expect(start(() => Promise.reject(new Error('no start')))).rejects.toThrow('no start');
    expect(told.splice(0)).toEqual(['stop shards', 'stop store']);
    const stack = await start(() => Promise.resolve());
    await expect(stack.stop()).rejects.toThrow('a shard hangs');
    expect(told).toEqual(['stop shards', 'stop store']);
  });

  it('stops nothing twice', async () => {
    const told: string[] = [];
    const stack = new ServiceStack();
    stack.push(recorded('store', told));
    await Promise.all([stack.stop(), stack.stop()]);
    expect(told).toEqual(['stop store']);
  });
});
