import { patientlyUntil } from '../patience.js';
import { callJson } from './http-json.js';

/** Posts events until all of them are taken: a busy machine refuses some as `overloaded`, and what was taken already is not counted again. */
export async function postUntilTaken(url: string, events: readonly object[]): Promise<void> {
  let refused: readonly unknown[] = [];
  const areTaken = async (): Promise<boolean> => {
    const { body } = await callJson(url, 'POST', '/v1/events', events);
    refused = (body['results'] as { status: string }[]).filter(({ status }) => status === 'error');
    return refused.length === 0;
  };
  if (!(await patientlyUntil(areTaken, { everyMs: 200, ms: 60_000 })))
    throw new Error(`events were refused for a minute: ${JSON.stringify(refused[0])}`);
}
