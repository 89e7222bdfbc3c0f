import { Worker } from 'node:worker_threads';

/** A task that goes on in a thread of its own, which ends with it. */
export interface RunningTask<Answer> {
  /** Rejects when the thread fails or is ended. */
  readonly answer: Promise<Answer>;
  end(): Promise<unknown>;
}

/**
 * Runs a thread that posts one answer and ends; its memory goes with it.
 * @param file of the thread's program, which finds the task in `workerData`
 * @param name of the thread
 */
export function taskInThread<Answer>(file: URL, name: string, task: object): RunningTask<Answer> {
  const worker = new Worker(file, { workerData: task, name });
  const answer = new Promise<Answer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread of ${name} ended with code ${code}`)));
  });
  return { answer, end: () => worker.terminate() };
}
