import type { RawAnswer } from '../wire/raw-http.js';

/** Problem details without these are none. */
const MEMBERS = ['status', 'code', 'detail'];

/** What is wrong with the answer to a well-formed request: no 500, and problems as RFC 9457 says. Undefined when nothing is. */
export function httpProblem({ status, contentType, body }: RawAnswer): string | undefined {
  if (status === 500) return `500 ${body.slice(0, 150)}`;
  if (status < 400) return undefined;
  if (contentType !== 'application/problem+json')
    return mayDiffer(body) ? undefined : `${status} as ${contentType}`;
  try {
    const problem = JSON.parse(body) as Record<string, unknown>;
    return MEMBERS.every((member) => member in problem)
      ? undefined
      : `${status} without ${MEMBERS.join(', ')}`;
  } catch {
    return `${status} with a problem that is no JSON`;
  }
}

/** Answers with a verdict for each entry say more than a problem can. */
function mayDiffer(body: string): boolean {
  return body.startsWith('{"results":') || body.startsWith('{"created":');
}
